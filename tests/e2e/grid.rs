//! Spaces end to end: conditions, samples, sizes, and what is no space.

use std::collections::BTreeSet;

use crate::common::sentences::{sentence, shortened};
use crate::common::{Csv, Place, described, set, snapshot, transcript};

const SPACE: &str = r#"rules = ["NOT (tile > 16 AND batch > 2)"]
exclude = "measured.csv"

[values]
batch = [1, 2, 4]
kernel = ["direct", "tiled"]
tile = [8, 16, 32]
unroll = [true, false]

[when]
tile = { kernel = "tiled" }
unroll = { tile = { from = 16 } }
"#;

/// A direct kernel, whatever its tile says; a tiled one; one of another space.
const MEASURED: &str = "ms,unroll,tile,kernel,batch\n\
                        1,,99,direct,2\n2,true,16,tiled,1\n3,true,64,tiled,1\n";

fn place() -> Place {
    let place = Place::new();
    place.write("space.toml", SPACE);
    place.write("measured.csv", MEASURED);
    place
}

/// A space of more rows than are wanted, with a range.
const LARGE: &str = r#"rules = ["NOT (kernel = 'direct' AND batch > 500)"]

[values]
batch = { from = 1, to = 1000, step = 1 }
kernel = ["direct", "tiled"]
tile = { from = 8, to = 64, factor = 2 }
threshold = { from = 1e-5, to = 1e-1, log = true }

[when]
tile = { kernel = "tiled" }
"#;

#[test]
fn what_does_not_make_sense_is_missing_and_there_once() {
    let place = place();
    let run = place.altool("grid space.toml").succeeded();
    // Per batch 1 direct and 1 + 2 + 2 tiled ones; the rule takes the two of
    // tile 32 from batch 4, and says nothing of kernels without tiles.
    assert_eq!(
        shortened(&run.stderr),
        "space.toml: 18 combinations (3 batch × 2 kernel × (3 tile or none) × (2 unroll or none))\n\
         space.toml: <allowed: 16, 18>\n\
         14 rows, <left out: 2>, 2 measured already\n"
    );
    let expected = "batch,kernel,tile,unroll\n\
        1,direct,,\n1,tiled,8,\n1,tiled,16,false\n1,tiled,32,true\n1,tiled,32,false\n\
        2,tiled,8,\n2,tiled,16,true\n2,tiled,16,false\n2,tiled,32,true\n2,tiled,32,false\n\
        4,direct,,\n4,tiled,8,\n4,tiled,16,true\n4,tiled,16,false\n";
    assert_eq!(run.stdout, expected);
    // A filter keeps what it is true for.
    let run = place.altool("grid space.toml --where tile<=8").succeeded();
    assert_eq!(Csv::parse(&run.stdout).column("tile"), ["8", "8", "8"]);
    // All formats have the same types and missing values.
    place.altool("grid space.toml -o grid.parquet").succeeded();
    let back =
        place.altool("select grid.parquet -n 14 --columns batch,kernel,tile,unroll -o back.csv");
    back.succeeded();
    let back = described(
        &place.csv("back.csv"),
        &["batch", "kernel", "tile", "unroll"],
    );
    let grid = described(
        &Csv::parse(expected),
        &["batch", "kernel", "tile", "unroll"],
    );
    assert_eq!(set(&back), set(&grid));
}

#[test]
fn sizes_are_told_and_nothing_is_written() {
    let place = place();
    let before = place.files();
    // They are the result, which quiet does not drop.
    let run = place.altool("grid space.toml --sizes -q").succeeded();
    assert_eq!(run.stderr, "");
    let allowed = sentence("allowed", &["16", "18"]);
    assert!(run.stdout.contains(&allowed), "{}", run.stdout);
    place.write(
        "large.toml",
        LARGE.replace(", log = true", ", factor = 1.01"),
    );
    let run = place.altool("grid large.toml --sizes").succeeded();
    assert!(
        run.stdout.contains("large.toml: 4630000 combinations (1000 batch × 2 kernel × (4 tile or none) × 926 threshold)\n"),
        "{}",
        run.stdout
    );
    // Nine of ten combinations are allowed.
    let said = run.stdout.lines().last().unwrap();
    let share = said
        .split_once(&sentence("allowed about", &[]))
        .expect(said)
        .1;
    let share: f64 = share.split_whitespace().next().unwrap().parse().unwrap();
    assert!((share - 90.0).abs() < 1.1, "{share}");
    std::fs::remove_file(place.path("large.toml")).unwrap();
    assert_eq!(place.files(), before);
}

#[test]
fn samples_are_distinct_allowed_and_the_same_for_a_seed() {
    let place = Place::new();
    place.write("space.toml", LARGE);
    for method in ["sobol", "latin-hypercube"] {
        let line = format!("grid space.toml --sample 500 --method {method} --seed 7");
        let run = place.altool(&line).succeeded();
        let table = Csv::parse(&run.stdout);
        assert_eq!(table.rows.len(), 500);
        assert_eq!(set(&table.rows).len(), 500);
        let kernels = table.column("kernel");
        for (row, kernel) in kernels.iter().enumerate() {
            let (batch, tile) = (table.numbers("batch")[row], table.column("tile")[row]);
            assert!(!(*kernel == "direct" && batch > 500.0));
            assert_eq!(*kernel == "direct", tile.is_empty());
        }
        let thresholds = table.numbers("threshold");
        let small = thresholds.iter().filter(|&&x| x < 1e-3).count();
        assert!(
            small.abs_diff(250) < 40,
            "{small} below the middle of the logarithm"
        );
        let again = place.altool(&format!("{line} --threads 1")).succeeded();
        assert_eq!(run.stdout, again.stdout);
        let other = line.replace("--seed 7", "--seed 8");
        assert_ne!(run.stdout, place.altool(&other).succeeded().stdout);
    }
    // What the space says, and that the command line says more.
    place.write(
        "own.toml",
        format!("{LARGE}\n[sample]\nrows = 20\nmethod = 'latin-hypercube'\n"),
    );
    let run = place.altool("grid own.toml").succeeded();
    assert!(
        run.stderr.starts_with("own.toml: 20 rows of 1000 batch × "),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains(", by latin-hypercube\n"));
    let run = place.altool("grid own.toml --sample 5").succeeded();
    assert_eq!(Csv::parse(&run.stdout).rows.len(), 5);
}

#[test]
fn a_sample_takes_all_that_is_left_and_says_so() {
    let place = place();
    let all = place.altool("grid space.toml").succeeded();
    let all = set(&Csv::parse(&all.stdout).rows);
    for (rows, found) in [(3, 3), (13, 13), (14, 14), (15, 14), (1000, 14)] {
        let run = place
            .altool(&format!("grid space.toml --sample {rows}"))
            .succeeded();
        let table = Csv::parse(&run.stdout);
        assert_eq!(table.rows.len(), found);
        let sampled: BTreeSet<Vec<String>> = set(&table.rows);
        assert!(sampled.len() == found && sampled.is_subset(&all));
        assert_eq!(run.stderr.contains("warning"), rows > 14, "{}", run.stderr);
    }
}

#[test]
fn samples_that_come_short() {
    let place = place();
    place.write(
        "narrow.toml",
        format!(
            "rules = [\"batch < 0\"]\n{}",
            LARGE.split_once('\n').unwrap().1
        ),
    );
    let lines = [
        "grid space.toml --sample 20 -o out.csv",
        "grid narrow.toml --sample 20 -o out.csv",
    ];
    snapshot!(
        "grid" / "samples_that_come_short",
        transcript(&place, &lines)
    );
}

/// Spaces of which something is wrong.
fn with_faults() -> Place {
    let place = Place::new();
    let space = |name: &str, rest: &str| {
        let values = "[values]\nkernel = [\"direct\", \"tiled\"]\ntile = [8, 16]\n";
        place.write(&format!("{name}.toml"), format!("{values}{rest}"));
    };
    space("range", "lr = { from = 0.0, to = 0.5 }\n");
    space("log", "lr = { from = 0.0, to = 0.5, log = true }\n");
    space("empty", "lr = { from = 0.5, to = 0.0 }\n");
    space(
        "both",
        "lr = { from = 0.1, to = 0.5, step = 0.1, log = true }\n",
    );
    space("column", "[when]\ntyle = { kernel = \"tiled\" }\n");
    space("on", "[when]\ntile = { kernl = \"tiled\" }\n");
    space(
        "value",
        "[when]\ntile = { kernel = [\"tiled\", \"fft\"] }\n",
    );
    space("bounds", "[when]\ntile = { kernel = { from = 1 } }\n");
    space("unmet", "[when]\nkernel = { tile = { from = 32 } }\n");
    space(
        "list",
        "lr = { from = 0.0, to = 0.5 }\n[when]\ntile = { lr = [0.1] }\n",
    );
    space(
        "circle",
        "[when]\ntile = { kernel = \"tiled\" }\nkernel = { tile = 8 }\n",
    );
    space(
        "never",
        "n = [1, 2]\n[when]\ntile = { kernel = \"tiled\" }\nn = { tile = 8, kernel = \"direct\" }\n",
    );
    space("sql", "[when]\ntile = \"kernel = 'tiled'\"\n");
    space("choice", "[when]\ntile = { kernel = { is = \"tiled\" } }\n");
    space("rows", "[sample]\nrows = -1\n");
    space("norows", "[sample]\nmethod = \"sobol\"\n");
    space("method", "[sample]\nrows = 3\nmethod = \"random\"\n");
    space("entry", "[sample]\nrows = 3\nseed = 1\n");
    space("good", "");
    place
}

#[test]
fn what_is_no_space() {
    let place = with_faults();
    let lines = [
        "grid range.toml",
        "grid log.toml --sample 3",
        "grid empty.toml --sample 3",
        "grid both.toml",
        "grid column.toml",
        "grid on.toml",
        "grid value.toml",
        "grid bounds.toml",
        "grid unmet.toml",
        "grid list.toml --sample 3",
        "grid circle.toml",
        "grid never.toml",
        "grid sql.toml",
        "grid choice.toml",
        "grid rows.toml",
        "grid norows.toml",
        "grid method.toml",
        "grid entry.toml",
        "grid good.toml --sample 0",
        "grid good.toml --sample 100000000",
        "grid good.toml --method sobol",
        "grid good.toml --sample 3 --method halton",
        "grid good.toml --sizes -o out.csv",
    ];
    snapshot!("grid" / "what_is_no_space", transcript(&place, &lines));
}

#[test]
fn what_is_read_is_not_replaced() {
    let place = place();
    std::fs::create_dir(place.path("spaces")).unwrap();
    place.write("spaces/space.toml", SPACE.replace("measured", "other"));
    place.write("spaces/other.csv", MEASURED);
    for (line, read) in [
        ("grid space.toml -o measured.csv", "measured.csv"),
        (
            "grid space.toml --sample 3 -o ./measured.csv",
            "measured.csv",
        ),
        ("grid space.toml --format csv -o space.toml", "space.toml"),
        (
            "grid spaces/space.toml -o spaces/other.csv",
            "spaces/other.csv",
        ),
    ] {
        let before = place.text(read);
        let run = place.altool(line).ended(2);
        let refused = format!("-o would replace {read}, which is read");
        assert!(run.stderr.contains(&refused), "{}", run.stderr);
        assert_eq!(place.text(read), before);
    }
    place.altool("grid space.toml -o new.csv").succeeded();
}

#[test]
fn rules_that_are_none_are_named_with_their_line() {
    let place = place();
    let rules = "rules = [\n  \"tile > 8\",\n  \"tiel > 8\",\n]\n[values]\ntile = [8, 16]\n";
    place.write("rules.toml", rules);
    for line in ["grid rules.toml", "grid rules.toml --sizes"] {
        let run = place.altool(line).ended(3);
        let place = "error: rules.toml: line 3, column 3: the rule \"tiel > 8\" ";
        assert!(run.stderr.contains(place), "{}", run.stderr);
        run.says("no such column", &["tiel"]);
    }
    place.write("rules.toml", rules.replace("tiel > 8", "tile > 'x'"));
    let run = place.altool("grid rules.toml").ended(3);
    let error = "rules.toml: line 3, column 3: the rule \"tile > 'x'\" ";
    assert!(run.stderr.contains(error), "{}", run.stderr);
    // What the command line says is still the filter.
    let run = place
        .altool_words(&["grid", "space.toml", "--where", "tiel > 8"])
        .ended(3);
    assert!(
        run.stderr.contains("the filter \"tiel > 8\" names"),
        "{}",
        run.stderr
    );
}
