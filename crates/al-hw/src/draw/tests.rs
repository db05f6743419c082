//! Tests of drawing.

use super::*;
use crate::condition::{Choice, ColumnCondition};
use crate::value::Value;

fn any_numbers(columns: usize) -> ConfigSpace {
    let interval = ValueRange {
        from: 0.0,
        to: 1.0,
        log: false,
        whole: false,
    };
    let names = (0..columns).map(|at| (format!("x{at}"), interval));
    ConfigSpace::new(names.collect(), Vec::new(), None).unwrap()
}

fn numbers(points: &Points, column: usize) -> &[f64] {
    match &points.columns()[column] {
        PointCells::Numbers(numbers) => numbers,
        PointCells::Places(_) => panic!("a column of numbers"),
    }
}

fn places(points: &Points, column: usize) -> &[u32] {
    match &points.columns()[column] {
        PointCells::Places(places) => places,
        PointCells::Numbers(_) => panic!("a column of places"),
    }
}

/// L2-star discrepancy (Warnock 1972): how far shares of points in boxes from
/// the origin are from the boxes' volumes.
fn discrepancy(points: &Points) -> f64 {
    let d = points.columns().len();
    let n = points.n_rows();
    let x = |row: usize, column: usize| numbers(points, column)[row];
    let single: f64 = (0..n)
        .map(|row| (0..d).map(|c| 1.0 - x(row, c).powi(2)).product::<f64>())
        .sum();
    let double: f64 = (0..n)
        .flat_map(|a| (0..n).map(move |b| (a, b)))
        .map(|(a, b)| (0..d).map(|c| 1.0 - x(a, c).max(x(b, c))).product::<f64>())
        .sum();
    let n = n as f64;
    (3.0_f64.powi(-(d as i32)) - 2.0_f64.powi(1 - d as i32) * single / n + double / (n * n)).sqrt()
}

#[test]
fn each_part_of_each_column_of_a_latin_hypercube_has_one_point() {
    for n in [1, 2, 7, 1000] {
        let space = any_numbers(3);
        let mut draws = space.draws(Method::LatinHypercube, Seed(3));
        for _ in 0..2 {
            let points = draws.next(n);
            for column in 0..3 {
                let mut parts: Vec<usize> = numbers(&points, column)
                    .iter()
                    .map(|x| (x * n as f64) as usize)
                    .collect();
                parts.sort_unstable();
                assert!(parts.into_iter().eq(0..n), "{n} points");
            }
        }
    }
    // Values of a list come equally often.
    let columns = vec![("a".to_owned(), Value::list([1, 2, 3, 4]))];
    let space = ConfigSpace::new(columns, Vec::new(), None).unwrap();
    let points = space.draws(Method::LatinHypercube, Seed(0)).next(100);
    for value in 0..4 {
        let times = places(&points, 0).iter().filter(|&&place| place == value);
        assert_eq!(times.count(), 25);
    }
}

#[test]
fn sobol_points_are_spread_better_than_random_ones() {
    let space = any_numbers(4);
    for seed in 0..5 {
        let random = discrepancy(&space.at_random(256, Seed(seed)));
        let sobol = discrepancy(&space.draws(Method::Sobol, Seed(seed)).next(256));
        assert!(sobol < random / 2.0, "seed {seed}: {sobol} and {random}");
    }
    // Of the first 2^k points each 2^k-th part of a column has one.
    let points = space.draws(Method::Sobol, Seed(1)).next(1024);
    for column in 0..4 {
        let mut parts: Vec<usize> = numbers(&points, column)
            .iter()
            .map(|x| (x * 1024.0) as usize)
            .collect();
        parts.sort_unstable();
        assert!(parts.into_iter().eq(0..1024));
    }
}

#[test]
fn draws_depend_on_the_seed_and_not_on_their_cut() {
    let space = any_numbers(2);
    for method in [Method::Sobol, Method::LatinHypercube] {
        let draw = |seed| space.draws(method, Seed(seed)).next(50);
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
    // Beyond one sequence too, and with more columns than it has dimensions.
    let mut once = space.draws(Method::Sobol, Seed(1));
    let mut twice = space.draws(Method::Sobol, Seed(1));
    let whole = once.next(70_000);
    let mut parts = twice.next(65_000);
    parts.append(twice.next(5_000));
    assert_eq!(whole, parts);
    assert_ne!(numbers(&whole, 0)[0], numbers(&whole, 0)[65_536]);
    let wide = any_numbers(300);
    let points = wide.draws(Method::Sobol, Seed(1)).next(8);
    assert_ne!(numbers(&points, 0), numbers(&points, 256));
}

#[test]
fn columns_without_their_condition_are_missing() {
    let interval = ValueRange {
        from: 1e-5,
        to: 1e-1,
        log: true,
        whole: false,
    };
    let whole = ValueRange {
        from: 1.0,
        to: 64.0,
        log: true,
        whole: true,
    };
    let columns = vec![
        ("kernel".to_owned(), Value::list(["direct", "tiled"]).into()),
        ("lr".to_owned(), Domain::from(interval)),
        ("tile".to_owned(), Domain::from(whole)),
    ];
    let condition = |column: &str, on: &str, choice| ColumnCondition {
        column: column.to_owned(),
        on: on.to_owned(),
        choice,
    };
    let above = Choice::Between {
        from: Some(1e-3),
        to: None,
    };
    let space = ConfigSpace::new(columns, Vec::new(), None)
        .unwrap()
        .with_conditions(&[
            condition("lr", "kernel", Choice::OneOf(Value::list(["tiled"]))),
            condition("tile", "lr", above),
        ])
        .unwrap();
    assert_eq!(space.size(), None);
    let points = space.draws(Method::Sobol, Seed(0)).next(1024);
    let (lr, tile) = (numbers(&points, 1), numbers(&points, 2));
    for row in 0..1024 {
        let tiled = places(&points, 0)[row] == 1;
        assert_eq!(lr[row].is_nan(), !tiled);
        assert_eq!(tile[row].is_nan(), !(tiled && lr[row] >= 1e-3));
        assert!(!tiled || (1e-5..=1e-1).contains(&lr[row]));
        assert!(
            tile[row].is_nan() || (tile[row].fract() == 0.0 && (1.0..=64.0).contains(&tile[row]))
        );
    }
    // Half of the logarithm's way is at the geometric mean.
    let small = lr.iter().filter(|&&x| x < 1e-3).count();
    let there = lr.iter().filter(|x| !x.is_nan()).count();
    assert!(
        there == 512 && small.abs_diff(256) <= 2,
        "{small} of {there}"
    );
    assert!(tile.contains(&1.0) && tile.contains(&64.0));
}

#[test]
fn random_combinations_are_equally_likely() {
    // Three of the four combinations are tiled.
    let columns = vec![
        ("kernel".to_owned(), Value::list(["direct", "tiled"])),
        ("tile".to_owned(), Value::list([8, 16, 32])),
    ];
    let space = ConfigSpace::new(columns, Vec::new(), None).unwrap();
    let space = space
        .with_conditions(&[ColumnCondition {
            column: "tile".to_owned(),
            on: "kernel".to_owned(),
            choice: Choice::OneOf(Value::list(["tiled"])),
        }])
        .unwrap();
    let points = space.at_random(4000, Seed(0));
    let direct = places(&points, 0)
        .iter()
        .filter(|&&place| place == 0)
        .count();
    // Five standard deviations of a binomial count.
    assert!(direct.abs_diff(1000) < 140, "{direct}");
}
