//! `altool recommend`: advice, what is left out, several objectives, what to
//! measure, and what it says of bad input.

use crate::common::{Csv, Dice, Place, described, set, snapshot, transcript};

const HARDWARE: [&str; 3] = ["cpu", "cuda", "rocm"];
const BATCHES: usize = 24;

/// The time of a pair: cuda is best for large batches of every job, the cpu for
/// small ones; rocm is always behind cuda.
fn ms(hardware: &str, job: usize, batch: usize) -> f64 {
    let work = (job + 1) as f64 * batch as f64;
    match hardware {
        "cpu" => 1.0 + work,
        "cuda" => 12.0 + 0.2 * work,
        _ => 18.0 + 0.4 * work,
    }
}

/// All pairs of three jobs and 24 batch sizes: `job,batch,hardware,ms`.
fn pairs() -> Vec<(usize, usize, &'static str)> {
    let mut all = Vec::new();
    for job in 0..3 {
        for batch in 1..=BATCHES {
            all.extend(HARDWARE.map(|hardware| (job, batch, hardware)));
        }
    }
    all
}

fn line(&(job, batch, hardware): &(usize, usize, &str)) -> String {
    format!("job{job},{batch},{hardware}")
}

/// With all pairs in `all.csv`, the workloads alone in `jobs.csv`, two thirds of
/// the pairs in `measured.csv` and a model of them.
fn place() -> Place {
    let place = Place::new();
    let mut dice = Dice(5);
    let mut all = String::from("job,batch,hardware\n");
    let mut measured = String::from("job,batch,hardware,ms\n");
    let mut jobs = String::from("job,batch,runs_on\n");
    for pair in pairs() {
        all.push_str(&format!("{}\n", line(&pair)));
        // The last job is measured at small batches only.
        if dice.below(3) > 0 && (pair.0 < 2 || pair.1 <= 12) {
            let value = ms(pair.2, pair.0, pair.1);
            measured.push_str(&format!("{},{value}\n", line(&pair)));
        }
        if pair.2 == "cpu" {
            jobs.push_str(&format!("job{},{},cuda\n", pair.0, pair.1));
        }
    }
    place.write("all.csv", all);
    place.write("measured.csv", measured);
    place.write("jobs.csv", jobs);
    place
        .altool("train measured.csv --target ms --direction min --log-target --holdout 0.1 --members 5 --trees 60 -o m.altool")
        .succeeded();
    place
}

const ASK: &str = "--model m.altool --hardware hardware --optimize-for latency";

fn read(place: &Place, name: &str) -> Csv {
    Csv::parse(&String::from_utf8(place.bytes(name)).unwrap())
}

#[test]
fn the_best_hardware_is_found_and_its_chance_is_told() {
    let place = place();
    place
        .altool(&format!(
            "recommend all.csv {ASK} -o advice.csv --hardware-table pairs.csv"
        ))
        .succeeded();
    let advice = read(&place, "advice.csv");
    assert_eq!(advice.rows.len(), 3 * BATCHES);
    let (jobs, batches) = (advice.column("job"), advice.numbers("batch"));
    let best = |row: usize| {
        let job: usize = jobs[row][3..].parse().unwrap();
        let value = |hardware: &&str| ms(hardware, job, batches[row] as usize);
        HARDWARE
            .into_iter()
            .min_by(|a, b| value(a).total_cmp(&value(b)))
            .unwrap()
    };
    let recommended = advice.column("recommended_hardware");
    let right = (0..advice.rows.len()).filter(|&row| recommended[row] == best(row));
    assert!(right.count() >= 64, "of 72");
    let sure = advice.numbers("p_best");
    let gain = advice.numbers("expected_gain");
    let usual = advice.column("compared_with");
    for row in 0..advice.rows.len() {
        assert!((0.0..=1.0).contains(&sure[row]));
        assert!(gain[row] >= 0.0, "the best is no worse than any other");
        assert_eq!(gain[row] == 0.0, usual[row] == recommended[row]);
        assert_ne!(advice.column("runner_up")[row], recommended[row]);
    }
    // Over the pairs of a workload the probabilities sum to one.
    let pairs = read(&place, "pairs.csv");
    let workloads = described(&pairs, &["job", "batch"]);
    let p = pairs.numbers("p_best");
    let mut sums = std::collections::BTreeMap::new();
    for (workload, p) in workloads.iter().zip(&p) {
        *sums.entry(workload).or_insert(0.0) += p;
    }
    assert!(sums.values().all(|sum: &f64| (sum - 1.0).abs() < 1e-9));
    // What was measured is known: its value is the measured one.
    let known = pairs.column("measured");
    let predicted = pairs.numbers("predicted");
    let hardware = pairs.column("hardware");
    let mut measured = 0;
    for row in 0..pairs.rows.len() {
        if known[row] == "true" {
            let job: usize = workloads[row][0][3..].parse().unwrap();
            let value = ms(hardware[row], job, workloads[row][1].parse().unwrap());
            assert!((predicted[row] / value - 1.0).abs() < 1e-9);
            measured += 1;
        }
    }
    assert_eq!(measured, read(&place, "measured.csv").rows.len());
    let basis = advice.column("basis");
    for kind in ["measured", "partly", "predicted"] {
        assert!(basis.contains(&kind), "{kind}");
    }
}

#[test]
fn advice_does_not_depend_on_threads_or_on_the_order_of_rows() {
    let place = place();
    let text = String::from_utf8(place.bytes("all.csv")).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].reverse();
    place.write("reversed.csv", lines.join("\n") + "\n");
    for (file, threads, out) in [
        ("all.csv", 1, "a.csv"),
        ("all.csv", 3, "b.csv"),
        ("reversed.csv", 2, "c.csv"),
    ] {
        place
            .altool(&format!(
                "recommend {file} {ASK} --threads {threads} -o {out}"
            ))
            .succeeded();
    }
    assert_eq!(place.bytes("a.csv"), place.bytes("b.csv"));
    let sorted = |name: &str| {
        let mut rows = read(&place, name).rows;
        rows.sort();
        rows
    };
    assert_eq!(sorted("a.csv"), sorted("c.csv"));
}

#[test]
fn workloads_alone_are_taken_with_every_hardware() {
    let place = place();
    place
        .altool(&format!(
            "recommend jobs.csv {ASK} --current runs_on -o jobs_advice.csv"
        ))
        .succeeded();
    place
        .altool(&format!("recommend all.csv {ASK} -o advice.csv"))
        .succeeded();
    let (jobs, all) = (read(&place, "jobs_advice.csv"), read(&place, "advice.csv"));
    for name in [
        "recommended_hardware",
        "predicted",
        "p_best",
        "expected_regret",
    ] {
        assert_eq!(jobs.column(name), all.column(name), "{name}");
    }
    let recommended = jobs.column("recommended_hardware");
    let (gain, regret) = (
        jobs.numbers("expected_gain"),
        jobs.numbers("regret_of_current"),
    );
    let flagged = jobs.column("flagged");
    for row in 0..jobs.rows.len() {
        assert_eq!(flagged[row] == "true", recommended[row] != "cuda");
        assert_eq!(gain[row] > 0.0, flagged[row] == "true");
        assert!(regret[row] >= 0.0);
    }
    assert!(flagged.contains(&"true") && flagged.contains(&"false"));
}

#[test]
fn every_job_has_its_own_advice_where_it_runs() {
    let place = place();
    place.write(
        "jobs.csv",
        "id,job,batch,runs_on\na,job0,1,cuda\nb,job0,1,cpu\nc,job1,20,rocm\nd,job0,1,cuda\ne,job0,1,\n",
    );
    place
        .altool(&format!(
            "recommend jobs.csv {ASK} --current runs_on -o advice.csv"
        ))
        .succeeded();
    let advice = read(&place, "advice.csv");
    assert_eq!(advice.column("id"), ["a", "b", "c", "d", "e"]);
    assert_eq!(
        advice.column("current_hardware"),
        ["cuda", "cpu", "rocm", "cuda", ""]
    );
    let best = advice.column("recommended_hardware");
    assert_eq!([best[0], best[1], best[3]], ["cpu"; 3]);
    assert_eq!(
        advice.column("flagged"),
        ["true", "false", "true", "true", "false"]
    );
    let regret = advice.column("regret_of_current");
    assert_eq!(regret[0], regret[3]);
    assert!(regret[0].parse::<f64>().unwrap() > regret[1].parse::<f64>().unwrap());
    assert_eq!(regret[4], "");
    // Without it there is one answer, and that is said.
    let run = place.altool(&format!("recommend jobs.csv {ASK} -o once.csv"));
    let run = run.succeeded();
    assert_eq!(read(&place, "once.csv").column("id"), ["a", "c"]);
    assert!(
        run.stderr
            .contains("without advice of their own: 3 rows (--current COL gives each row its own)"),
        "{}",
        run.stderr
    );
    // Of pairs, one answer per workload and hardware that it runs on.
    place.write(
        "pairs.csv",
        "job,batch,hardware,runs_on\njob0,1,cpu,cuda\njob0,1,cuda,cuda\njob0,1,cuda,cpu\njob0,1,cuda,cpu\njob1,20,cpu,\njob1,20,rocm,rocm\n",
    );
    let run = place.altool(&format!(
        "recommend pairs.csv {ASK} --current runs_on -o of_pairs.csv"
    ));
    let run = run.succeeded();
    let advice = read(&place, "of_pairs.csv");
    assert_eq!(advice.column("current_hardware"), ["cuda", "cpu", "rocm"]);
    assert_eq!(advice.column("flagged"), ["true", "false", "false"]);
    for told in [
        "left out for repeating another candidate: 1 row\n",
        "more than one hardware for a workload: 3 rows of advice for 2 workloads",
        "of_pairs.csv: 3 workloads, 1 on another hardware now",
    ] {
        assert!(run.stderr.contains(told), "{}", run.stderr);
    }
}

#[test]
fn hardware_of_several_columns_is_never_taken_for_another() {
    let place = Place::new();
    let mut rows = String::from("n,a,b,ms\n");
    for n in 1..=20 {
        for (at, (a, b)) in [("p / q", "r"), ("p", "q / r"), ("p", "q")]
            .iter()
            .enumerate()
        {
            rows.push_str(&format!("{n},{a},{b},{}\n", n * (at + 1)));
        }
    }
    place.write("rows.csv", rows);
    place.write("jobs.csv", "n\n5\n");
    place
        .altool("train rows.csv --target ms --direction min --holdout 0 --members 3 --trees 10 -o m.altool")
        .succeeded();
    place
        .altool("recommend jobs.csv --model m.altool --hardware a,b --optimize-for time -o advice.csv --hardware-table pairs.csv")
        .succeeded();
    let pairs = read(&place, "pairs.csv");
    assert_eq!(pairs.numbers("predicted").len(), 3);
    let advice = read(&place, "advice.csv");
    assert_eq!(advice.numbers("predicted"), [5.0]);
    // A quoted cell that itself has quotes.
    let text = String::from_utf8(place.bytes("advice.csv")).unwrap();
    assert!(text.contains("\"\"\"p / q\"\" / r\""), "{text}");
}

#[test]
fn specs_leave_out_what_does_not_fit() {
    let place = place();
    place.write("hw.csv", "hardware,memory_gb\ncpu,64\ncuda,16\nrocm,32\n");
    place.write(
        "need.csv",
        "job,memory_need_gb\njob0,8\njob1,20\njob2,100\n",
    );
    let run = place.altool(&format!(
        "recommend all.csv {ASK} --specs hw.csv --specs need.csv -o advice.csv"
    ));
    let run = run.succeeded();
    let advice = read(&place, "advice.csv");
    let ran = described(&read(&place, "measured.csv"), &["job", "batch", "hardware"]);
    let mut contradicted = 0;
    for (row, why) in advice.column("excluded").into_iter().enumerate() {
        let (job, batch) = (advice.column("job")[row], advice.column("batch")[row]);
        let measured = |hardware: &str| {
            let pair = [job, batch, hardware].map(str::to_owned);
            ran.contains(&pair.to_vec())
        };
        // What ran fits, whatever the specs say.
        let small: &[(&str, &str)] = match job {
            "job0" => &[],
            "job1" => &[("cuda", "20 GB of 16")],
            _ => &[
                ("cpu", "100 GB of 64"),
                ("cuda", "100 GB of 16"),
                ("rocm", "100 GB of 32"),
            ],
        };
        let out: Vec<String> = small
            .iter()
            .filter(|(hardware, _)| !measured(hardware))
            .map(|(hardware, fault)| format!("{hardware}: needs {fault}"))
            .collect();
        contradicted += small.len() - out.len();
        assert_eq!(why, out.join("; "), "{job} {batch}");
        let best = advice.column("recommended_hardware")[row];
        assert!(out.iter().all(|out| !out.starts_with(&format!("{best}:"))) || best.is_empty());
        assert_eq!(best.is_empty(), out.len() == 3);
    }
    assert!(contradicted > 0);
    let told = format!("the specs contradict {contradicted} measurements");
    assert!(run.stderr.contains(&told), "{}", run.stderr);
    // The same in the user's own words; what is not known stays.
    place.write("unknown.csv", "hardware,memory_gb\ncpu,64\ncuda,16\n");
    let run = place.altool_words(&[
        "recommend",
        "all.csv",
        "--model",
        "m.altool",
        "--hardware",
        "hardware",
        "--optimize-for",
        "latency",
        "--specs",
        "unknown.csv",
        "--require",
        "memory_gb >= 32",
        "-o",
        "own.csv",
    ]);
    let run = run.succeeded();
    assert!(
        run.stderr.contains("no row for hardware 'rocm'"),
        "{}",
        run.stderr
    );
    let cuda = ran.iter().filter(|pair| pair[2] == "cuda").count();
    let told = format!("--require leaves out {cuda} pairs that ran when measured");
    assert!(run.stderr.contains(&told), "{}", run.stderr);
    for cell in read(&place, "own.csv").column("excluded") {
        assert_eq!(cell, "cuda: not memory_gb >= 32");
    }
    // Nothing left at all.
    place.write("tiny.csv", "hardware,memory_gb\ncpu,1\ncuda,1\nrocm,1\n");
    let unmeasured: Vec<String> = (13..=BATCHES).map(|n| format!("job2,{n}\n")).collect();
    place.write("late.csv", format!("job,batch\n{}", unmeasured.concat()));
    let run = place.altool(&format!(
        "recommend late.csv {ASK} --specs tiny.csv --specs need.csv -o none.csv"
    ));
    let run = run.ended(4);
    assert!(
        run.stderr.contains("no hardware is left for 12 of 12"),
        "{}",
        run.stderr
    );
}

#[test]
fn only_a_precision_that_is_zero_cannot_be() {
    let place = place();
    place.write("hw.csv", "hardware,fp16_tflops\ncpu,\ncuda,0\nrocm,5\n");
    place.write("late.csv", "job,batch,precision\njob2,20,fp16\njob2,21,\n");
    place
        .altool(&format!(
            "recommend late.csv {ASK} --specs hw.csv -o advice.csv"
        ))
        .succeeded();
    let advice = read(&place, "advice.csv");
    assert_eq!(advice.column("excluded"), ["cuda: no fp16", ""]);
}

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
    let cost = read(&place, "cost.csv");
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
    let pairs = read(&place, "pairs.csv");
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
        .altool("train energy.csv --target joules --direction min --log-target --holdout 0 --members 4 --trees 40 -o e.altool")
        .succeeded();
    place
        .altool(
            "recommend all.csv --model m.altool --model e.altool --hardware hardware --optimize-for latency,energy -o front.csv --hardware-table pairs.csv",
        )
        .succeeded();
    let front = read(&place, "front.csv");
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
    let pairs = read(&place, "pairs.csv");
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
    let batch = read(&place, "batch.csv");
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
    let gains = of(&read(&place, "scored.csv"), "information_gain");
    let chances = of(&read(&place, "pairs.csv"), "p_best");
    let measured = described(&read(&place, "measured.csv"), &key);
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
    // By optimality alone, the recommended ones come first.
    place
        .altool(&format!(
            "recommend all.csv {ASK} --integrate -n 5 --weights optimality=1 --model-column job -o sure.csv"
        ))
        .succeeded();
    let sure = read(&place, "sure.csv");
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
        read(&place, "doubt.csv")
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
    let batch = read(&place, "batch.csv");
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
    let pairs = read(&place, "pairs.csv");
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

#[test]
fn errors() {
    let place = place();
    place.write("gap.csv", "job,batch,hardware\njob0,1,cpu\njob0,1,\n");
    place.write("new.csv", "job,batch,hardware\njob0,1,cpu\njob9,3,cpu\n");
    place.write("wrong.csv", "job,batch,runs_on\njob0,1,cudo\n");
    place.write("alone.csv", "name,memory_gb\ncpu,64\n");
    place.write("unitless.csv", "hardware,memory\ncpu,64\n");
    place.write("twice.csv", "hardware,memory_gb\ncpu,64\ncuda,8\ncpu,32\n");
    place.write(
        "range.csv",
        "hardware,memory_gb\ncpu,64\ncuda,16/32\nrocm,8\n",
    );
    place.write("need.csv", "job,memory_need_gb\njob0,8\njob1,8\njob2,8\n");
    place.write("free.csv", "hardware,usd\ncpu,1\ncuda,0\nrocm,1\n");
    place.write("dear.csv", "hardware,usd\ncpu,1\ncuda,inf\nrocm,1\n");
    let mut classes = String::from("job,batch,hardware,speed\n");
    let mut unnamed = String::from("job,batch,hardware,y\n");
    let mut latency = String::from("job,batch,hardware,latency\n");
    for pair in pairs() {
        let value = ms(pair.2, pair.0, pair.1);
        let speed = if value < 10.0 { "fast" } else { "slow" };
        classes.push_str(&format!("{},{speed}\n", line(&pair)));
        unnamed.push_str(&format!("{},{value}\n", line(&pair)));
        latency.push_str(&format!("{},{value}\n", line(&pair)));
    }
    place.write("classes.csv", classes);
    place.write("unnamed.csv", unnamed);
    place.write("latency.csv", latency);
    for (table, target, model) in [
        ("classes.csv", "speed", "c.altool"),
        ("unnamed.csv", "y", "y.altool"),
        ("latency.csv", "latency", "l.altool"),
    ] {
        place
            .altool(&format!(
                "train {table} --target {target} --members 3 --trees 5 -o {model}"
            ))
            .succeeded();
    }
    let m = "--model m.altool --hardware hardware";
    let lines = [
        "recommend all.csv --model m.altool --hardware hardwear --optimize-for latency".to_owned(),
        format!("recommend all.csv {m} --optimize-for throughput"),
        "recommend all.csv --model l.altool --hardware hardware --optimize-for throughput".to_owned(),
        format!("recommend all.csv {m} --optimize-for latensy"),
        "recommend all.csv --model y.altool --hardware hardware --optimize-for y".to_owned(),
        format!("recommend all.csv {m} --optimize-for latency,energy"),
        "recommend all.csv --model c.altool --hardware hardware --optimize-for latency".to_owned(),
        format!("recommend all.csv {m} --optimize-for cost"),
        "recommend all.csv --model l.altool --hardware hardware --optimize-for cost --specs free.csv --price usd".to_owned(),
        format!("recommend all.csv {m} --optimize-for cost --specs free.csv --price usd"),
        format!("recommend all.csv {m} --optimize-for cost --specs dear.csv --price usd"),
        format!("recommend all.csv {m} --optimize-for cost --specs free.csv --price eur"),
        format!("recommend all.csv {m} --optimize-for latency --specs free.csv --price usd"),
        format!("recommend gap.csv {m} --optimize-for latency"),
        format!("recommend new.csv {m} --optimize-for latency"),
        format!("recommend new.csv {m} --optimize-for latency --need-measured"),
        format!("recommend wrong.csv {m} --optimize-for latency --current runs_on"),
        format!("recommend wrong.csv {m} --optimize-for latency --current run_on"),
        format!("recommend all.csv {m} --optimize-for latency --specs alone.csv"),
        format!("recommend all.csv {m} --optimize-for latency --specs unitless.csv"),
        format!("recommend all.csv {m} --optimize-for latency --specs twice.csv"),
        format!("recommend all.csv {m} --optimize-for latency --specs range.csv --specs need.csv"),
        format!("recommend all.csv {m} --optimize-for latency --require memory_bg>3"),
        format!("recommend all.csv {m} --optimize-for latency --integrate -n 3 --weights gain=1"),
        format!("recommend all.csv {m} --optimize-for latency --integrate -n 3 --weights optimality=-1"),
        format!("recommend all.csv {m} --model m.altool --optimize-for latency,time --integrate -n 3"),
        format!("recommend all.csv {m} --model absent.altool --optimize-for latency,latency"),
        format!("recommend measured.csv {m} --optimize-for latency --integrate -n 3"),
    ]
    .map(|line| format!("{line} -o out.csv"));
    snapshot!("recommend" / "errors", transcript(&place, &lines));
}

#[test]
fn failures_leave_pairs_out() {
    let place = Place::new();
    let mut rows = String::from("job,batch,hardware,ms,status\n");
    let mut all = String::from("job,batch,hardware\n");
    for pair in pairs() {
        all.push_str(&format!("{}\n", line(&pair)));
        if pair.1 % 2 == 0 {
            match pair.2 {
                "cuda" => rows.push_str(&format!("{},,failed\n", line(&pair))),
                other => rows.push_str(&format!(
                    "{},{},ok\n",
                    line(&pair),
                    ms(other, pair.0, pair.1)
                )),
            }
        }
    }
    place.write("rows.csv", rows);
    place.write("all.csv", all);
    place
        .altool("train rows.csv --target ms --direction min --status status --log-target --holdout 0 --members 4 --trees 30 -o m.altool")
        .succeeded();
    place
        .altool(&format!(
            "recommend all.csv {ASK} --min-feasible 0.3 -o advice.csv"
        ))
        .succeeded();
    let advice = read(&place, "advice.csv");
    let batches = advice.numbers("batch");
    for (row, why) in advice.column("excluded").into_iter().enumerate() {
        assert_ne!(advice.column("recommended_hardware")[row], "cuda");
        match batches[row] as usize % 2 {
            0 => assert_eq!(why, "cuda: failed when measured"),
            _ => assert!(why.starts_with("cuda: works with probability 0.0"), "{why}"),
        }
    }
    assert!(advice.numbers("feasible").iter().all(|&p| p > 0.5));
}
