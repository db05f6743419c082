//! What to measure so that the advice gets better (`--integrate`).

use super::{ASK, place};
use crate::common::{Csv, described, set};

#[test]
fn what_to_measure_is_what_teaches_where_the_hardware_may_be_right() {
    let place = place();
    place
        .altool(&format!(
            "recommend all.csv {ASK} --integrate -n 15 -o batch.csv"
        ))
        .succeeded();
    place
        .altool("score all.csv --model m.altool -o scored.csv")
        .succeeded();
    place
        .altool(&format!(
            "recommend all.csv {ASK} -o advice.csv --hardware-table pairs.csv"
        ))
        .succeeded();
    let batch = place.csv("batch.csv");
    let names = [
        "rank",
        "model_name",
        "hardware",
        "recommended_hardware",
        "information_gain",
        "hardware_optimality",
        "combined_score",
        "flagged",
        "reason",
        "job",
        "batch",
    ];
    assert_eq!(batch.names, names);
    assert_eq!(batch.rows.len(), 15);
    let key = ["job", "batch", "hardware"];
    let of = |table: &Csv, name: &str| -> std::collections::BTreeMap<Vec<String>, f64> {
        described(table, &key)
            .into_iter()
            .zip(table.numbers(name))
            .collect()
    };
    let gains = of(&place.csv("scored.csv"), "information_gain");
    let chances = of(&place.csv("pairs.csv"), "p_best");
    let measured = described(&place.csv("measured.csv"), &key);
    let mut before = f64::INFINITY;
    for (row, pair) in described(&batch, &key).into_iter().enumerate() {
        let (gain, chance) = (
            batch.numbers("information_gain")[row],
            batch.numbers("hardware_optimality")[row],
        );
        let score = batch.numbers("combined_score")[row];
        assert!(!measured.contains(&pair), "{pair:?}");
        assert!(
            (gain - gains[&pair]).abs() < 1e-6,
            "{pair:?}: as score has it"
        );
        assert!((chance - chances[&pair]).abs() < 1e-9);
        assert!((score - (0.7 * gain + 0.3 * chance)).abs() < 1e-9);
        assert!(score <= before);
        before = score;
        let other = batch.column("recommended_hardware")[row] != batch.column("hardware")[row];
        assert_eq!(batch.column("flagged")[row] == "true", other);
        assert!(!batch.column("reason")[row].contains(','));
        let words = format!("job={} batch={}", pair[0], pair[1]);
        assert_eq!(batch.column("model_name")[row], words);
    }
}

#[test]
fn optimality_alone_asks_for_sure_or_for_doubtful_placements() {
    let place = place();
    // The recommended ones come first.
    place
        .altool(&format!(
            "recommend all.csv {ASK} --integrate -n 5 --weights optimality=1 --model-column job -o sure.csv"
        ))
        .succeeded();
    let sure = place.csv("sure.csv");
    assert!(
        sure.column("flagged")
            .iter()
            .all(|&flagged| flagged == "false")
    );
    assert!(
        sure.column("model_name")
            .iter()
            .all(|name| name.starts_with("job"))
    );
    // The other way round, doubtful placements.
    place
        .altool(&format!(
            "recommend all.csv {ASK} --integrate -n 5 --weights optimality=1 --optimality mismatch -o doubt.csv"
        ))
        .succeeded();
    assert!(
        place
            .csv("doubt.csv")
            .column("flagged")
            .iter()
            .all(|&flagged| flagged == "true")
    );
}

#[test]
fn the_knowledge_gradient_asks_where_an_answer_could_change_the_choice() {
    let place = place();
    place
        .altool(&format!(
            "recommend all.csv {ASK} --integrate -n 12 --optimality knowledge-gradient --weights information_gain=0,optimality=1 -o batch.csv"
        ))
        .succeeded();
    let batch = place.csv("batch.csv");
    let jobs = described(&batch, &["job", "batch"]);
    assert_eq!(
        set(&jobs).len(),
        12,
        "one pair of a workload before a second"
    );
    let worth = batch.numbers("hardware_optimality");
    assert_eq!(worth[0], 1.0, "the most telling pair is the measure");
    assert!(worth.is_sorted_by(|a, b| a >= b));
    place
        .altool(&format!(
            "recommend all.csv {ASK} -o advice.csv --hardware-table pairs.csv"
        ))
        .succeeded();
    let pairs = place.csv("pairs.csv");
    let chances: std::collections::BTreeMap<Vec<String>, f64> =
        described(&pairs, &["job", "batch", "hardware"])
            .into_iter()
            .zip(pairs.numbers("p_best"))
            .collect();
    // What is as good as known, either way, is not asked.
    for pair in described(&batch, &["job", "batch", "hardware"]) {
        let chance = chances[&pair];
        assert!((0.001..0.999).contains(&chance), "{pair:?} {chance}");
    }
}
