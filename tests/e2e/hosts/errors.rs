//! Options and files about hosts of which something is wrong, and what does not
//! fit.

use super::{HOSTED, SELECT, place};
use crate::common::{snapshot, transcript};

#[test]
fn options_and_files_that_are_wrong() {
    let place = place();
    place.write("above.toml", "[availability]\ncuda = 0.5\nrocm = 1.5\n");
    place.write("share.toml", "[availabilty]\ncuda = 0.5\n");
    place.write("endless.toml", "[[host]]\nname = \"g1\"\n");
    place.write(
        "free.csv",
        "id,hardware,batch,threads,run_s\nx1,cuda,1,1,30\nx2,cuda,2,1,-5\n",
    );
    let lines = [
        "--availability cdua=0.8 -n 1",
        "--availability tpu=0.8 -n 1",
        "--availability cuda=1.2 -n 1",
        "--availability cuda -n 1",
        "--availability cuda=1,cuda=0 -n 1",
        "--availability above.toml -n 1",
        "--availability share.toml -n 1",
        "--availability none.toml -n 1",
        "--duration run_s -n 1",
        "--time-unit s -n 1",
        "--capacity hosts.toml --duration batch",
        "--capacity hosts.toml --duration batch --time-unit days",
        "--capacity hosts.toml --cost threads --duration threads",
    ];
    let mut lines: Vec<String> = lines
        .iter()
        .map(|line| format!("{SELECT} {line}"))
        .collect();
    let bare = "select candidates.csv --model m.altool";
    lines.push("select candidates.csv --hardware hardware -n 1".to_owned());
    lines.push(format!("{bare} --hardware hardwear -n 1"));
    lines.push(format!("{bare} --hardware batch -n 1"));
    lines.push(format!("{bare} --availability cuda=0.8 -n 1"));
    lines.push(format!("{bare} {HOSTED} -n 1"));
    lines.push(format!("{bare} --hardware hardwear {HOSTED} -n 1"));
    lines.push("select candidates.csv --hardware hardware --capacity hosts.toml -n 1".to_owned());
    lines.push(format!("{SELECT} --capacity endless.toml --duration run_s"));
    lines.push(format!(
        "select free.csv --model m.altool --hardware hardware {HOSTED} -n 1"
    ));
    lines.push("select free.csv --model m.altool --cost run_s -n 1".to_owned());
    snapshot!(
        "hosts" / "options_and_files_that_are_wrong",
        transcript(&place, &lines)
    );
}

#[test]
fn capacity_files_that_are_wrong() {
    let place = place();
    let host = "[[host]]\nname = \"g1\"\nhardware = [\"cuda\"]\n";
    let texts = [
        String::new(),
        format!("{host}minuts = 30\n"),
        format!("{host}{host}"),
        format!("{host}slots = 0\n"),
        format!("{host}time = 30\n"),
        format!("{host}minutes = -1\n"),
        format!("{host}down = \"yes\"\n"),
        "[[host]]\nname = \"g1\"\nhardware = [\"cuda\", \"rcom\"]\n".to_owned(),
        format!("{host}[[reservation]]\nhost = \"g3\"\nto = \"5 min\"\n"),
        format!("{host}[[reservation]]\nhost = \"g1\"\nfrom = 5\n"),
        format!("{host}minutes = \n"),
    ];
    let mut told = String::new();
    for text in texts {
        place.write("wrong.toml", &text);
        let line = format!("{SELECT} --capacity wrong.toml --duration run_s -n 1 -o b.csv");
        told.push_str(&format!("{text}{}", transcript(&place, &[line])));
        assert!(!place.exists("b.csv"));
    }
    snapshot!("hosts" / "capacity_files_that_are_wrong", told);
}

#[test]
fn what_does_not_fit_says_what_to_relax() {
    let place = place();
    let minute = |minutes: f64| {
        format!(
            "[[host]]\nname = \"g1\"\nhardware = [\"cuda\", \"rocm\", \"cpu\", \"webgpu\"]\nminutes = {minutes}\n[[host]]\nname = \"g2\"\nhardware = [\"cuda\"]\ndown = true\n"
        )
    };
    place.write("short.toml", minute(0.5));
    place.write(
        "down.toml",
        minute(30.0).replace(
            "[[host]]\nname = \"g2\"",
            "down = true\n[[host]]\nname = \"g2\"",
        ),
    );
    place.write("some.toml", minute(20.0));
    let text = place.text("candidates.csv");
    let on = |hardware: &str, n: usize| -> String {
        let rows: Vec<&str> = text
            .lines()
            .filter(|line| line.contains(hardware))
            .take(n)
            .collect();
        format!("id,hardware,batch,threads,run_s\n{}\n", rows.join("\n"))
    };
    place.write("web.csv", on("webgpu", 1));
    place.write("much.csv", on("cuda", 8));
    let lines = [
        "--capacity short.toml --duration run_s -n 3 -o b.csv",
        "--capacity down.toml --duration run_s -n 3 -o b.csv",
        "--capacity some.toml --duration run_s -n 40 --at-least hardware=8 -o none.csv",
        "--capacity hosts.toml --duration run_s -n 12 --include much.csv -o none.csv",
        "--capacity hosts.toml --duration run_s -n 12 --include web.csv -o none.csv",
        "--capacity hosts.toml --duration run_s -n 60 --at-most batch=1 -o b.csv",
        "--availability webgpu=0 -n 12 --include web.csv -o none.csv",
    ]
    .map(|line| format!("{SELECT} {line}"));
    snapshot!(
        "hosts" / "what_does_not_fit_says_what_to_relax",
        transcript(&place, &lines)
    );
    assert!(!place.exists("none.csv"));
}
