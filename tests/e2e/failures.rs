//! What fails is learned, and not handed out.

use crate::common::{Place, QUICK, fixture};

/// The kernels of a GPU on which some configurations fail.
fn kernels() -> Place {
    let place = Place::new();
    let table = std::fs::read(fixture("convolution/convolution_2gpu.csv")).unwrap();
    place.write("kernels.csv", table);
    let line = format!(
        "train kernels.csv --target time_ms --log-target --status status --ignore \
         time_std_ms,n_runs,gflops,compile_time_ms,benchmark_time_ms {QUICK} -o k.altool"
    );
    place.altool(&line).succeeded();
    // Every failed row with the smallest blocks, which work.
    let csv = place.csv("kernels.csv");
    let names = [
        "gpu",
        "block_size_x",
        "block_size_y",
        "tile_size_x",
        "tile_size_y",
    ];
    let rest = ["read_only", "use_padding", "use_shmem"];
    let columns: Vec<Vec<String>> = names
        .iter()
        .chain(&rest)
        .map(|name| csv.texts(name))
        .collect();
    let status = csv.texts("status");
    let mut text = names
        .iter()
        .chain(&rest)
        .copied()
        .collect::<Vec<_>>()
        .join(",")
        + ",was\n";
    for row in 0..csv.rows.len() {
        // Another value of one column: a row that was not measured.
        let cells: Vec<String> = columns
            .iter()
            .zip(names.iter().chain(&rest))
            .map(|(column, name)| match *name {
                "read_only" => if column[row] == "1" { "0" } else { "1" }.to_owned(),
                _ => column[row].clone(),
            })
            .collect();
        text.push_str(&format!("{},{}\n", cells.join(","), status[row]));
    }
    place.write("candidates.csv", text);
    place
}

#[test]
fn what_fails_is_learned_and_not_handed_out() {
    let place = kernels();
    place
        .altool("score candidates.csv --model k.altool -o scored.csv")
        .succeeded();
    let scored = place.csv("scored.csv");
    let (feasible, was) = (scored.numbers("feasible"), scored.texts("was"));
    let mean = |good: bool| {
        let rows = feasible
            .iter()
            .zip(&was)
            .filter(|(_, was)| (*was == "ok") == good);
        let values: Vec<f64> = rows.map(|(feasible, _)| *feasible).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    assert!(feasible.iter().all(|p| (0.0..=1.0).contains(p)));
    assert!(
        mean(true) > 0.9 && mean(false) < 0.6,
        "{} and {}",
        mean(true),
        mean(false)
    );

    let failing = |options: &str| {
        let line = format!("select candidates.csv --model k.altool -n 60 {options} -o b.csv");
        let run = place.altool(&line).succeeded();
        let was = place.csv("b.csv").texts("was");
        (was.iter().filter(|was| *was != "ok").count(), run.stderr)
    };
    let (all, _) = failing("--strategy random --min-feasible 0");
    let (none, said) = failing("--strategy random --min-feasible 0.9");
    assert!(all > 0, "some fail");
    assert!(none < all, "{none} against {all}");
    assert!(
        said.contains("success probability below 0.9 (--min-feasible): "),
        "{said}"
    );
}
