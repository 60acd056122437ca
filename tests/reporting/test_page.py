"""The page as a reader has it: opened from disk in a real browser, without a network."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairfit.reporting import write
from fairfit.runfiles import RunFolder
from tests.reporting import made_up

selenium = pytest.importorskip("selenium", reason="selenium drives the browser: pip install 'fairfit[dev]'")

from selenium import webdriver  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402

PUBLISHED = Path(__file__).parents[2] / "results" / "published" / "article"
BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (BROWSER and DRIVER), reason="no chromium with its chromedriver on this machine")


@pytest.fixture(scope="module", params=["published", "made up"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the published run, and of one with all that a report can tell."""
    folder = tmp_path_factory.mktemp("report")
    run = RunFolder(PUBLISHED) if request.param == "published" else made_up.rich(folder / "run", threads=("1", "2", "shipped"))
    write.write([run], folder)
    return folder / "report.html"


@pytest.fixture(scope="module")
def browser(page: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--window-size=1280,900",
        "--disable-background-networking",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=DRIVER))
    driver.get(page.as_uri())
    yield driver
    driver.quit()


def column(browser: webdriver.Chrome, table: str, number: int) -> list[str]:
    """What a reader sees in one column of the rows that are shown."""
    script = (
        "return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)].filter(row => !row.hidden)"
        ".map(row => row.cells[arguments[1]].innerText)"
    )
    texts: list[str] = browser.execute_script(script, table, number)
    return texts


def test_the_console_is_silent_and_nothing_is_asked_of_a_network(browser: webdriver.Chrome, page: Path) -> None:
    assert [entry for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"}
    asked = {url for url in asked if not url.startswith(("chrome:", "data:"))}
    assert asked == {page.as_uri()}


def test_the_page_is_one_file_of_three_megabytes_at_most(page: Path) -> None:
    assert page.stat().st_size <= 3_000_000


def test_a_button_switches_the_language(browser: webdriver.Chrome) -> None:
    def heading() -> str:
        return browser.find_element(By.TAG_NAME, "h1").text

    english = heading()
    browser.find_element(By.CSS_SELECTOR, "[data-language=zh]").click()
    assert heading() != english and "文章" in heading()
    assert "最快" in browser.find_element(By.CSS_SELECTOR, ".answer").text
    browser.find_element(By.CSS_SELECTOR, "[data-language=en]").click()
    assert heading() == english


def test_the_address_chooses_the_language(browser: webdriver.Chrome, page: Path) -> None:
    browser.get(page.as_uri() + "?lang=zh")
    assert "文章" in browser.find_element(By.TAG_NAME, "h1").text
    browser.get(page.as_uri())
    assert "文章" not in browser.find_element(By.TAG_NAME, "h1").text


def test_a_click_on_a_heading_sorts_by_number_and_another_turns_it_round(browser: webdriver.Chrome) -> None:
    headings = [heading.text for heading in browser.find_elements(By.CSS_SELECTOR, "#time-to-target th")]
    number = headings.index("to the target, s")
    button = browser.find_elements(By.CSS_SELECTOR, "#time-to-target th button")[number]

    def seconds() -> list[float]:
        """Without their intervals."""
        return [float(text.partition(" ")[0].replace(",", "")) for text in column(browser, "time-to-target", number)]

    browser.execute_script("arguments[0].scrollIntoView({block: 'center', inline: 'center'})", button)
    button.click()
    up = seconds()
    assert up == sorted(up) and len(set(up)) > 2
    button.click()
    assert seconds() == sorted(up, reverse=True)


def test_a_column_of_words_is_sorted_as_words(browser: webdriver.Chrome) -> None:
    button = browser.find_elements(By.CSS_SELECTOR, "#proof th button")[1]
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()
    names = column(browser, "proof", 1)
    assert names == sorted(names) and len(set(names)) > 2


def test_the_filter_leaves_the_rows_that_hold_all_words(browser: webdriver.Chrome) -> None:
    field = browser.find_element(By.CSS_SELECTOR, "#proof .filter input")
    everything = len(column(browser, "proof", 1))
    field.send_keys("pytorch nn")
    assert 0 < len(column(browser, "proof", 1)) < everything
    assert set(column(browser, "proof", 1)) == {"pytorch"}
    field.clear()
    field.send_keys(" ")
    assert len(column(browser, "proof", 1)) == everything


@contextlib.contextmanager
def screen(browser: webdriver.Chrome, width: int, height: int = 900) -> Iterator[None]:
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("width", [1280, 400])
def test_the_page_itself_never_scrolls_sideways(browser: webdriver.Chrome, width: int) -> None:
    with screen(browser, width):
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_tables_fit_a_screen_of_1280_pixels(browser: webdriver.Chrome) -> None:
    cut = "return [...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)"
    with screen(browser, 1280):
        assert browser.execute_script(cut) == []


def test_a_run_on_a_gpu_beside_one_on_the_cpu_fits_the_first_screen(browser: webdriver.Chrome, tmp_path: Path) -> None:
    names = [
        f"{spec}/{framework}/{style}/gpu:0/shipped/resident"
        for spec in ("tiny", "tiny@2", "tiny@5")
        for framework, styles in made_up.STYLES.items()
        for style in styles
        if framework != "numpy"
    ]
    taken = [sample for number, name in enumerate(names, 1) for sample in made_up.samples(name, number)]
    there = made_up.write(tmp_path / "there", made_up.run([made_up.record(name) for name in names], "a GPU"), taken)
    write.write([made_up.rich(tmp_path / "here"), there], tmp_path)
    page = browser.current_url
    with screen(browser, 1280, 800):
        browser.get((tmp_path / "report.html").as_uri())
        assert len(browser.find_elements(By.CSS_SELECTOR, "#comparison tbody tr:not(.spec)")) == 12
        for part in ("#comparison table", ".comparison figure svg"):
            box = browser.find_element(By.CSS_SELECTOR, part).rect
            assert box["y"] + box["height"] <= 800, (part, box)
        assert (
            browser.execute_script(
                "return [...document.querySelectorAll('#comparison td')].filter(e => e.scrollWidth > e.clientWidth).length"
            )
            == 0
        )
    browser.get(page)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_first_screen_has_answer_choices_comparison_and_figure(browser: webdriver.Chrome, page: Path, language: str) -> None:
    with screen(browser, 1280, 800):
        browser.get(f"{page.as_uri()}?lang={language}")
        for part in (".answer", ".choices", "#comparison table", ".comparison figure svg"):
            box = browser.find_element(By.CSS_SELECTOR, part).rect
            assert box["height"] > 20 and box["y"] >= 0 and box["y"] + box["height"] <= 800, (part, box)
        lines = browser.find_elements(By.CSS_SELECTOR, ".choices li")
        assert 3 <= len(lines) <= 5 and all(line.find_elements(By.TAG_NAME, "a") for line in lines)
        headings = [heading.text for heading in browser.find_elements(By.CSS_SELECTOR, "#comparison thead th")]
        assert [name for name in headings if name != "JAX"] == ["", "MXNet", "TensorFlow", "PyTorch", "NumPy"]
        for line in browser.find_elements(By.CSS_SELECTOR, "#comparison tbody tr:not(.spec)"):
            marked = line.find_elements(By.CSS_SELECTOR, "td.fastest")
            tied = line.find_elements(By.CSS_SELECTOR, "td.tied")
            assert (len(marked) == 1 and not tied) or (not marked and len(tied) > 1), line.text
    browser.get(page.as_uri())


def test_a_time_is_seen_without_scrolling_on_a_telephone(browser: webdriver.Chrome) -> None:
    with screen(browser, 400, 800):
        box = browser.find_element(By.CSS_SELECTOR, "#comparison td b").rect
        assert box["y"] + box["height"] <= 800 and box["x"] + box["width"] <= 400


def test_a_long_table_is_folded_until_asked_for(browser: webdriver.Chrome) -> None:
    rows = "return [...document.querySelectorAll('#proof tbody tr')].filter(row => row.offsetHeight).length"
    button = browser.find_element(By.CSS_SELECTOR, "#proof button.more")
    everything = len(column(browser, "proof", 0))
    assert browser.execute_script(rows) == 8 < everything
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()
    assert browser.execute_script(rows) == everything
    button.click()
    assert browser.execute_script(rows) == 8


def test_the_filter_finds_what_is_folded_away(browser: webdriver.Chrome) -> None:
    field = browser.find_element(By.CSS_SELECTOR, "#proof .filter input")
    field.send_keys("pytorch fullgraph")
    matching = len(column(browser, "proof", 0))
    shown = browser.execute_script("return [...document.querySelectorAll('#proof tbody tr')].filter(r => r.offsetHeight).length")
    field.clear()
    field.send_keys(" ")
    assert shown == matching > 0


def test_a_switch_shows_the_other_columns(browser: webdriver.Chrome) -> None:
    switch = browser.find_element(By.CSS_SELECTOR, ".tools input[type=checkbox]")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", switch)
    key = switch.find_element(By.XPATH, "ancestor::section[1]").get_attribute("id")
    shown = f"return [...document.getElementById({key!r}).querySelectorAll('thead th')].filter(th => th.offsetWidth).length"
    few = browser.execute_script(shown)
    switch.click()
    assert browser.execute_script(shown) == len(browser.find_elements(By.CSS_SELECTOR, f"[id='{key}'] thead th")) > few
    switch.click()
    assert browser.execute_script(shown) == few


def test_printing_opens_what_is_folded(browser: webdriver.Chrome) -> None:
    unseen = """return [...document.querySelectorAll('main td, main th, main li, main pre')]
        .filter(e => !e.getClientRects().length).map(e => e.textContent)"""
    assert browser.execute_script(unseen) != []
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    try:
        assert browser.execute_script(unseen) == []
        with screen(browser, 720):  # A4 between margins of a centimetre
            assert browser.execute_script("return document.documentElement.scrollWidth") <= 720
    finally:
        browser.execute_script("dispatchEvent(new Event('afterprint'))")
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert browser.execute_script(unseen) != []


def test_every_link_within_the_page_leads_somewhere(browser: webdriver.Chrome) -> None:
    links = browser.find_elements(By.CSS_SELECTOR, "a[href^='#']")
    names = [str(link.get_dom_attribute("href"))[1:] for link in links]
    assert names and [name for name in names if not browser.find_elements(By.ID, name)] == []
