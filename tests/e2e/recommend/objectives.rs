//! Costs, and several objectives at once.

use super::{ASK, BATCHES, line, ms, pairs, place};
use crate::common::{Csv, described, set};

#[test]
fn a_cost_is_a_time_and_a_price() {
    let place = place();
    place.write(
        "prices.csv",
        "hardware,usd_per_hour\ncpu,0.01\ncuda,36\nrocm,36\n",
    );
    place
        .altool(
            "recommend all.csv --model m.altool --hardware hardware --optimize-for cost --specs prices.csv --price usd_per_hour -o cost.csv",
        )
        .succeeded();
    place
        .altool(&format!(
            "recommend all.csv {ASK} -o time.csv --hardware-table pairs.csv"
        ))
        .succeeded();
    let cost = place.csv("cost.csv");
    assert!(
        cost.column("recommended_hardware")
            .iter()
            .all(|&name| name == "cpu")
    );
    // What stands in a column of memory does not matter where nothing needs it.
    place.write(
        "kinds.csv",
        "hardware,usd_per_hour,memory_gb\ncpu,0.01,64\ncuda,36,16/32\nrocm,36,8\n",
    );
    place
        .altool(
            "recommend all.csv --model m.altool --hardware hardware --optimize-for cost --specs kinds.csv --price usd_per_hour -o kinds_cost.csv",
        )
        .succeeded();
    assert_eq!(place.bytes("kinds_cost.csv"), place.bytes("cost.csv"));
    // Milliseconds to hours, times the price of an hour.
    let pairs = place.csv("pairs.csv");
    let hardware = pairs.column("hardware");
    let times: Vec<f64> = (0..pairs.rows.len())
        .filter(|&row| hardware[row] == "cpu")
        .map(|row| pairs.numbers("predicted")[row])
        .collect();
    for (cost, time) in cost.numbers("predicted").into_iter().zip(times) {
        let expected = time / 3.6e6 * 0.01;
        assert!((cost / expected - 1.0).abs() < 1e-9, "{cost} {expected}");
    }
}

#[test]
fn several_objectives_give_what_no_other_beats() {
    let place = place();
    let mut rows = String::from("job,batch,hardware,joules\n");
    for pair in pairs() {
        let watts = match pair.2 {
            "cpu" => 10.0,
            "cuda" => 300.0,
            _ => 1000.0,
        };
        let joules = watts * ms(pair.2, pair.0, pair.1);
        rows.push_str(&format!("{},{joules}\n", line(&pair)));
    }
    place.write("energy.csv", rows);
    place
        .altool("train energy.csv --target joules --direction min --log-target --holdout 0 --learner boosted --members 4 --trees 40 -o e.altool")
        .succeeded();
    place
        .altool(
            "recommend all.csv --model m.altool --model e.altool --hardware hardware --optimize-for latency,energy -o front.csv --hardware-table pairs.csv",
        )
        .succeeded();
    let front = place.csv("front.csv");
    let hardware = front.column("recommended_hardware");
    // rocm is slower than cuda and takes more: never; the cpu takes least: always.
    assert!(hardware.iter().filter(|&&name| name == "cpu").count() >= 70);
    assert!(hardware.iter().filter(|&&name| name == "rocm").count() <= 2);
    let both = front.numbers("front_size");
    assert!(both.contains(&2.0) && both.contains(&1.0), "{both:?}");
    assert!(
        front
            .numbers("p_front")
            .iter()
            .all(|p| (0.0..=1.0).contains(p))
    );
    assert!(front.names.contains(&"predicted_energy".to_owned()));
    // The table of pairs has both objectives, and says which are on the front.
    let pairs = place.csv("pairs.csv");
    assert_eq!(pairs.rows.len(), 3 * 3 * BATCHES);
    let on_front = pairs.column("on_front");
    let inside = (0..on_front.len()).filter(|&row| on_front[row] == "true");
    let key = ["job", "batch", "hardware"];
    let numbers = ["predicted_latency", "predicted_energy", "p_front"];
    let cells = |table: &Csv, key: [&str; 3]| {
        let columns = [key, numbers].concat();
        described(table, &columns)
    };
    let all = cells(&pairs, key);
    let chosen: Vec<Vec<String>> = inside.map(|row| all[row].clone()).collect();
    let told = cells(&front, ["job", "batch", "recommended_hardware"]);
    assert_eq!(set(&chosen), set(&told));
    assert!(chosen.len() < all.len());
}
