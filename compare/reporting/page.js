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

for (const input of document.querySelectorAll(".filter input")) {
  const rows = [...input.closest("section").querySelectorAll("tbody tr")];
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = [...row.cells].map(shown).join(" ").toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
}
