//! What is asked or given wrongly (`snapshots/recommend/`).

use super::{line, ms, pairs, place};
use crate::common::{Place, snapshot, transcript};

/// The place with files of which something is wrong, and models of a class, of
/// a target without a meaning and of one without a unit.
fn with_faults() -> Place {
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
                "train {table} --target {target} --learner boosted --members 3 --trees 5 -o {model}"
            ))
            .succeeded();
    }
    place
}

#[test]
fn what_is_asked_wrongly_is_told() {
    let place = with_faults();
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
    let text = transcript(&place, &lines).replace(" -o out.csv\n", "\n");
    snapshot!("recommend" / "errors", text);
}
