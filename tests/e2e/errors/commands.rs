//! Names, options, filters and outputs that do not fit; nothing to choose.

use super::{classes, trained};
use crate::common::{Place, snapshot, transcript};

#[test]
fn names_that_are_not_in_a_registry() {
    let place = trained();
    place.write("classes.csv", classes(12));
    let lines = [
        "select rows.csv --model m.altool -n 1 --strategy lcmdd",
        "select rows.csv -n 1 --strategy uncertainty",
        "train rows.csv --target ms --learner forrest -o n.altool",
        "train rows.csv --target ms --learner logistic -o n.altool",
        "train classes.csv --target speed --learner linear -o n.altool",
        "trian rows.csv --target ms -o n.altool",
    ];
    snapshot!(
        "errors" / "names_that_are_not_in_a_registry",
        transcript(&place, &lines)
    );
}

#[test]
fn options_that_do_not_fit() {
    let place = trained();
    place.write("unknown.toml", "[train]\nmember = 3\n");
    place.write("section.toml", "[trane]\nmembers = 3\n");
    place.write("value.toml", "[train]\nmembers = \"many\"\n");
    place.write("syntax.toml", "[train\n");
    let lines = [
        "train rows.csv --target ms --ok done -o n.altool",
        "train rows.csv --target ms --status hardware --ok tpu -o n.altool",
        "train rows.csv --target ms --quantiles 0.9,0.1 -o n.altool",
        "train rows.csv --target ms --holdout 1 -o n.altool",
        "train rows.csv --target ms --holdout 0.1 --eval rows.csv -o n.altool",
        "train rows.csv --target ms -o -",
        "train rows.csv -o n.altool",
        "update --model m.altool",
        "select rows.csv --model m.altool -n 0",
        "select rows.csv --model m.altool --id id -n 1",
        "select rows.csv --model m.altool -n 1 --no-header --format jsonl",
        "score rows.csv --model m.altool -o scored.xlsx",
        "score rows.csv --model m.altool --format table -o scored.csv",
        "train rows.csv --target ms -o n.altool --config unknown.toml",
        "train rows.csv --target ms -o n.altool --config section.toml",
        "train rows.csv --target ms -o n.altool --config value.toml",
        "train rows.csv --target ms -o n.altool --config syntax.toml",
        "train rows.csv --target ms -o n.altool --config none.toml",
    ];
    snapshot!(
        "errors" / "options_that_do_not_fit",
        transcript(&place, &lines)
    );
    assert!(!place.exists("n.altool"));
}

#[test]
fn filters_that_are_no_conditions() {
    let place = trained();
    let filters = [
        "bacth > 1",
        "batch + 1",
        "batch >",
        "batch > 'x'",
        "batch > 1000",
    ];
    let told = filters.map(|filter| {
        let words = [
            "train", "rows.csv", "--target", "ms", "-o", "n.altool", "--where", filter,
        ];
        place.altool_words(&words).told()
    });
    snapshot!("errors" / "filters_that_are_no_conditions", told.concat());
}

#[test]
fn outputs_that_cannot_be_written() {
    let place = trained();
    std::fs::create_dir(place.path("folder.csv")).unwrap();
    std::fs::create_dir(place.path("folder.altool")).unwrap();
    place.write("locked.csv", "kept");
    let mut permissions = std::fs::metadata(place.path("locked.csv"))
        .unwrap()
        .permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(place.path("locked.csv"), permissions).unwrap();
    let lines = [
        "train rows.csv --target ms -o none/m.altool",
        "train rows.csv --target ms -o folder.altool",
        "train rows.csv --target ms -o rows.csv",
        "score rows.csv --model m.altool -o none/scored.csv",
        "score rows.csv --model m.altool -o folder.csv",
        "score rows.csv --model m.altool -o locked.csv",
        "select rows.csv --model m.altool -n 1 -o none/batch.csv",
        "report m.altool --html none/report.html",
    ];
    snapshot!(
        "errors" / "outputs_that_cannot_be_written",
        transcript(&place, &lines)
    );
    assert_eq!(place.text("locked.csv"), "kept");
}

#[test]
fn nothing_is_left_to_choose() {
    let place = trained();
    let run = place.altool("select rows.csv --model m.altool -n 3 -o batch.csv");
    assert_eq!(
        place.text("batch.csv"),
        "rank,score,reason,id,hardware,batch,ms\n"
    );
    let mut text = run.told();
    let run = place
        .altool("select rows.csv --model m.altool -n 3")
        .ended(4);
    assert_eq!(run.stdout, "rank,score,reason,id,hardware,batch,ms\n");
    place.write(
        "two.csv",
        "id,hardware,batch\nx,cuda,64\ny,cpu,64\nx,cuda,64\n",
    );
    place.write("header.csv", "id,hardware,batch\n");
    text.push_str(&transcript(
        &place,
        &[
            "select two.csv --model m.altool -n 3 -o batch.csv",
            "select two.csv --model m.altool -n 3 --pending two.csv -o batch.csv",
            "select header.csv --model m.altool -n 3 -o batch.csv",
            "select header.csv -n 3 -o batch.csv",
            "score header.csv --model m.altool -o scored.csv",
        ],
    ));
    snapshot!("errors" / "nothing_is_left_to_choose", text);
}

#[test]
fn rows_asked_for_that_cannot_be_chosen() {
    let place = trained();
    place.write(
        "candidates.csv",
        "id,hardware,batch\nx,cuda,64\ny,cpu,64\nz,cpu,32\n",
    );
    place.write("stranger.csv", "id,hardware,batch\nw,cuda,128\n");
    place.write("x.csv", "id,hardware,batch\nx,cuda,64\n");
    place.write("all.csv", place.text("candidates.csv"));
    let lines = [
        "select candidates.csv --model m.altool -n 1 --include stranger.csv",
        "select candidates.csv --model m.altool -n 1 --include x.csv --exclude x.csv",
        "select candidates.csv --model m.altool -n 1 --include all.csv",
    ];
    snapshot!(
        "errors" / "rows_asked_for_that_cannot_be_chosen",
        transcript(&place, &lines)
    );
}

#[test]
fn spaces_that_are_no_grids() {
    let place = Place::new();
    place.write(
        "rule.toml",
        "rules = [\"bacth > 1\"]\n[values]\nbatch = [1, 2]\n",
    );
    place.write("empty.toml", "[values]\n");
    place.write("none.toml", "[values]\nbatch = []\n");
    place.write("mixed.toml", "[values]\nbatch = [1, \"two\"]\n");
    place.write(
        "range.toml",
        "[values]\nbatch = { from = 8, to = 1, step = 1 }\n",
    );
    place.write("key.toml", "vlaues = 1\n[values]\nbatch = [1]\n");
    place.write(
        "exclude.toml",
        "exclude = \"gone.csv\"\n[values]\nbatch = [1]\n",
    );
    place.write("syntax.toml", "[values\n");
    let files = [
        "absent", "rule", "empty", "none", "mixed", "range", "key", "exclude", "syntax",
    ];
    let lines = files.map(|file| format!("grid {file}.toml"));
    snapshot!(
        "errors" / "spaces_that_are_no_grids",
        transcript(&place, &lines)
    );
}

#[test]
fn outputs_never_replace_what_is_read() {
    let place = trained();
    place.write("hosts.toml", "[[host]]\nname = \"a\"\ntime = \"1 h\"\n");
    place.write("altool.toml", "");
    let select = "select rows.csv --model m.altool -n 1 --format csv";
    for (line, read) in [
        (
            "score rows.csv --model m.altool --format csv -o m.altool".to_owned(),
            "m.altool",
        ),
        (format!("{select} -o m.altool"), "m.altool"),
        (
            format!("{select} --capacity hosts.toml -o hosts.toml"),
            "hosts.toml",
        ),
        (format!("{select} -o altool.toml"), "altool.toml"),
        ("report m.altool --html m.altool".to_owned(), "m.altool"),
        (
            "simulate rows.csv --target ms -o ./rows.csv".to_owned(),
            "rows.csv",
        ),
        (
            "recommend rows.csv --model m.altool --hardware hardware --optimize-for latency --format csv -o m.altool"
                .to_owned(),
            "m.altool",
        ),
        (
            "recommend rows.csv --model m.altool --hardware hardware --optimize-for latency --hardware-table rows.csv"
                .to_owned(),
            "rows.csv",
        ),
    ] {
        let before = place.bytes(read);
        let run = place.altool(&line).ended(2);
        let refused = format!("would replace {read}, which is read");
        assert!(run.stderr.contains(&refused), "{line}: {}", run.stderr);
        assert_eq!(place.bytes(read), before, "{line}");
    }
}

#[test]
fn columns_that_cannot_be_what_they_are_named_for() {
    let place = trained();
    place.write("own.csv", "altool:key,x,ms\n1,2,3\n2,3,4\n3,4,5\n");
    let lines = [
        "train rows.csv --target ms --features hardware,hardware -o n.altool",
        "train rows.csv --target ms --status hardware --ok cuda --hardware hardware -o n.altool",
        "train own.csv --target ms -o n.altool",
        "train rows.csv --target ms --seed -1 -o n.altool",
    ];
    snapshot!(
        "errors" / "columns_that_cannot_be_what_they_are_named_for",
        transcript(&place, &lines)
    );
    assert!(!place.exists("n.altool"));
}
