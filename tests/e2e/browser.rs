//! The pages as a browser shows them, at the width of a desk and of a phone.
//! Runs if `ALTOOL_CHROMIUM` names a Chromium.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use crate::common::{Dice, LLM, Place, QUICK, json, needs};

/// Widths in CSS pixels.
const WIDTHS: [u64; 2] = [1280, 400];

/// Shows `PAGE` in a frame of each width, and writes down what came of it. A
/// frame can be narrower than the window of a browser can.
const FRAMES: &str = r#"<!DOCTYPE html>
<meta charset="utf-8">
FRAMES
<pre id="seen"></pre>
<script>
addEventListener("load", () => {
  const frames = [...document.querySelectorAll("iframe")];
  const seen = frames.map((frame) => {
    const page = frame.contentDocument, root = page.documentElement;
    const beyond = [...page.querySelectorAll("body *")].filter(
      (part) => part.getBoundingClientRect().right > root.clientWidth && !part.closest(".scroll"));
    return {
      title: page.title,
      letters: page.body.innerText.length,
      drawings: page.querySelectorAll("svg").length,
      width: root.clientWidth,
      wide: root.scrollWidth,
      cut: [...page.querySelectorAll(".history .scroll")].filter(
        (part) => part.scrollWidth > part.clientWidth).length,
      beyond: beyond.slice(0, 5).map((part) => part.outerHTML.slice(0, 120)),
    };
  });
  document.getElementById("seen").textContent = encodeURIComponent(JSON.stringify(seen));
});
</script>
"#;

/// What is wrong with a page of the place, whose title is to have `words`.
fn faults(browser: &Path, place: &Place, page: &str, words: &str) -> Vec<String> {
    let (dom, log) = shown(browser, place, page);
    let seen = dom.split_once("<pre id=\"seen\">").unwrap().1;
    let seen = decoded(seen.split_once('<').unwrap().0);
    let frames = json(&seen);
    let frames = frames.as_array().unwrap();
    assert_eq!(frames.len(), WIDTHS.len(), "{dom}\n{log}");
    let mut faults: Vec<String> = log
        .lines()
        .filter(|line| line.contains(":CONSOLE"))
        .map(str::to_owned)
        .collect();
    for (frame, width) in frames.iter().zip(WIDTHS) {
        let number = |name: &str| frame[name].as_u64().unwrap();
        assert_eq!(number("width"), width, "{frame}");
        let checks = [
            ("no title", frame["title"].as_str().unwrap().contains(words)),
            ("no text", number("letters") > 200),
            ("no drawing", number("drawings") > 0),
            ("too wide", number("wide") <= width),
            // On a desk nobody has to scroll to see what an update brought.
            ("history cut", number("cut") == 0 || width < 1000),
        ];
        let bad = checks.iter().filter(|(_, fine)| !fine);
        faults.extend(bad.map(|(fault, _)| format!("{page}: {fault} at {width} px: {frame}")));
    }
    faults
}

/// The document of the frames when all is loaded, and what the browser said.
fn shown(browser: &Path, place: &Place, page: &str) -> (String, String) {
    let frames = WIDTHS.map(|width| {
        format!(
            "<iframe src=\"{page}\" style=\"width: {width}px; height: 900px; border: 0\"></iframe>"
        )
    });
    place.write("frames.html", FRAMES.replace("FRAMES", &frames.join("\n")));
    let path = |name: &str| place.path(name).display().to_string();
    let log = |name: &str| std::fs::File::create(path(name)).unwrap();
    let mut child = place
        .command(browser)
        .args([
            "--headless=new",
            // There is none for root, as whom containers run.
            "--no-sandbox",
            "--no-first-run",
            "--disable-gpu",
            "--hide-scrollbars",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            // The frames may look into a file.
            "--allow-file-access-from-files",
            "--enable-logging=stderr",
            "--virtual-time-budget=5000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", path("profile")))
        .arg(format!("file://{}", path("frames.html")))
        .stdout(log("dom.html"))
        .stderr(log("log.txt"))
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", browser.display()));
    for _ in 0..600 {
        if let Some(status) = child.try_wait().unwrap() {
            let log = place.text("log.txt");
            assert!(status.success(), "{status}: {log}");
            return (place.text("dom.html"), log);
        }
        sleep(Duration::from_millis(100));
    }
    child.kill().unwrap();
    panic!(
        "{page}: not loaded after a minute: {}",
        place.text("log.txt")
    );
}

/// Without the escapes of `encodeURIComponent`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut parts = text.split('%');
    bytes.extend(parts.next().unwrap().bytes());
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend(part[2..].bytes());
    }
    String::from_utf8(bytes).unwrap()
}

/// With a page of each kind.
fn with_pages() -> Place {
    let place = Place::with_llm();
    place.train_llm(QUICK);
    std::fs::copy(place.path("model.altool"), place.path("before.altool")).unwrap();
    place.write("letters.csv", letters());
    let results = place.text("results.csv");
    let some: Vec<&str> = results.lines().take(60).collect();
    place.write("some.csv", some.join("\n") + "\n");
    let simulate = format!(
        "simulate results.csv {LLM} {QUICK} --initial 20 --batch 10 --rounds 3 --repeats 2 \
         --strategies lcmd,power --html replay.html"
    );
    let train = format!("train letters.csv --target letter {QUICK} -o letters.altool");
    for line in [
        "update some.csv --model model.altool --at tonight",
        "report model.altool --html report.html",
        "report before.altool model.altool --html two.html",
        train.as_str(),
        "report letters.altool --html letters.html",
        "select candidates.csv --model model.altool -n 10 -o batch.csv --explain batch.html",
        simulate.as_str(),
    ] {
        place.altool(line).succeeded();
    }
    place
}

/// Rows of as many classes as there are letters, which lie near each other.
fn letters() -> String {
    let mut rng = Dice(11);
    let mut text = "x,y,letter\n".to_owned();
    for row in 0..780 {
        let class = row % 26;
        let mut near = |side: usize| 2.0 * side as f64 + 2.5 * rng.share();
        let (x, y) = (near(class % 5), near(class / 5));
        let letter = char::from(b'A' + class as u8);
        text += &format!("{x:.3},{y:.3},{letter}\n");
    }
    text
}

#[test]
fn pages_fit_a_desk_and_a_phone_and_say_nothing_to_the_console() {
    needs::with("ALTOOL_CHROMIUM", |browser| {
        let place = with_pages();
        for (page, words) in [
            ("report.html", "throughput_tok_s"),
            ("two.html", "before.altool and model.altool"),
            ("letters.html", "letter"),
            ("batch.html", "10 rows"),
            ("replay.html", "throughput_tok_s"),
        ] {
            let faults = faults(browser, &place, page, words);
            assert!(faults.is_empty(), "{}", faults.join("\n"));
        }
        // And a page that is wrong is noticed.
        let wrong = "<!DOCTYPE html><title></title><div style='width: 2000px'>wide</div>\
                     <script>nothing()</script>";
        place.write("wrong.html", wrong);
        let faults = faults(browser, &place, "wrong.html", "title").join("\n");
        for fault in [
            "nothing is not defined",
            "no title",
            "no text",
            "no drawing",
            "too wide",
        ] {
            assert!(faults.contains(fault), "{fault} in {faults}");
        }
    });
}
