"use strict";
// The language: the page's own until a reader chooses; kept in the address so that a link keeps it.
const page = document.documentElement;
const speak = (language) => {
  page.lang = language;
  for (const told of document.querySelectorAll("[data-en]")) { // what is no text of the page: tooltips, labels of figures
    told.setAttribute(told.tagName === "FIGURE" ? "aria-label" : "title", told.dataset[language] ?? told.dataset.en);
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
};
const asked = new URLSearchParams(location.search).get("lang");
speak([...document.querySelectorAll("[data-language]")].some((button) => button.dataset.language === asked) ? asked : page.lang);
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => speak(button.dataset.language));
}

// What a reader sees of a cell, in the language shown.
const shown = (cell) => {
  const spans = cell.querySelectorAll("span[lang]");
  return (spans.length ? [...spans].filter((span) => span.lang === page.lang).map((span) => span.textContent).join("") : cell.textContent).trim();
};
const number = (text) => {
  const value = parseFloat(text.replaceAll(",", ""));
  return Number.isNaN(value) ? Infinity : value; // what has no number comes last
};

for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    heading.querySelector("button").addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sign = down ? -1 : 1;
      const byNumber = heading.classList.contains("number");
      const rows = [...body.rows].map((row) => ({ row, text: shown(row.cells[column]) }));
      rows.sort((one, other) => {
        if (!byNumber) return sign * one.text.localeCompare(other.text, page.lang);
        const [a, b] = [number(one.text), number(other.text)];
        if (a === b) return 0;
        if (a === Infinity || b === Infinity) return a === Infinity ? 1 : -1;
        return sign * (a - b);
      });
      body.append(...rows.map(({ row }) => row));
    });
  });
}

// A long table shows its first rows, a wide one its chief columns; all of both are printed, and stand there without this script.
for (const table of document.querySelectorAll("table.sortable")) {
  const section = table.closest("section");
  const unfold = section.querySelector("button.more");
  if (unfold) {
    table.classList.add("folded");
    unfold.hidden = false;
    unfold.addEventListener("click", () => unfold.setAttribute("aria-expanded", String(!table.classList.toggle("folded"))));
  }
  const every = section.querySelector("input[type=checkbox]");
  if (every) {
    const choose = () => table.classList.toggle("fewer", !every.checked);
    every.addEventListener("change", choose);
    choose();
  }
}
for (const moment of ["beforeprint", "afterprint"]) {
  addEventListener(moment, () => {
    for (const fold of document.querySelectorAll("details")) {
      if (moment === "beforeprint") fold.dataset.open = String(fold.open);
      fold.open = moment === "beforeprint" || fold.dataset.open === "true";
    }
  });
}

for (const input of document.querySelectorAll(".filter input")) {
  const section = input.closest("section");
  const rows = [...section.querySelectorAll("tbody tr")];
  const unfold = section.querySelector("button.more");
  input.addEventListener("input", () => {
    section.querySelector("table").classList.toggle("folded", Boolean(unfold) && !input.value.trim() && unfold.getAttribute("aria-expanded") !== "true");
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = [...row.cells].map(shown).join(" ").toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
}
