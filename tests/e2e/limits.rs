//! What a batch may hold and cost, what is measured again, when to stop, and
//! candidates in one pass.

mod again;
mod costs;
mod one_pass;
mod stop;

use crate::common::{Place, QUICK};

const SELECT: &str = "select candidates.csv --model m.altool";

/// Two hundred measured rows and twelve hundred candidates on three hosts,
/// with costs; host `c` is dear.
fn place() -> Place {
    let place = Place::new();
    let row = |at: usize| {
        let (a, b, host) = (at % 40, at / 40, ["a", "b", "c"][at % 3]);
        let cost = if host == "c" {
            9.0
        } else {
            1.0 + (at % 4) as f64
        };
        let y =
            (a as f64 / 6.0).sin() + (b as f64 / 9.0).powi(2) + if host == "c" { 2.0 } else { 0.0 };
        (format!("{a},{b},{host},{cost}"), y)
    };
    let measured: String = (0..1400)
        .filter(|at| at % 7 == 0)
        .map(|at| format!("{},{}\n", row(at).0, row(at).1))
        .collect();
    place.write("measured.csv", format!("a,b,host,cost,y\n{measured}"));
    let candidates: String = (0..1400).map(|at| row(at).0 + "\n").collect();
    place.write("candidates.csv", format!("a,b,host,cost\n{candidates}"));
    let line = format!("train measured.csv --target y --cost cost {QUICK} -o m.altool");
    place.altool(&line).succeeded();
    place
}
