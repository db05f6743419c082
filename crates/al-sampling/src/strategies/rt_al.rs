//! `rt-al`: more rows where measured values vary, by the leaves of a tree.

use std::borrow::Cow;

use al_core::Seed;
use ndarray::Axis;
use rayon::prelude::*;

use crate::cart::CartTree;
use crate::entry::{StrategyDoc, StrategyEntry, StrategyOption};
use crate::options::{OptionRange, OptionValue};
use crate::query::Pool;
use crate::shares::Shares;
use crate::strategies::farthest::Farthest;
use crate::strategies::random::draws;
use crate::strategies::spread::Spread;
use crate::strategy::{Greedy, Strategy};

const DOC: StrategyDoc = StrategyDoc {
    prefers: "Regions where values differ although inputs are similar. A small regression tree is \
        fitted to the measured rows, its leaves partition the candidates, and each pick comes from \
        the leaf that is farthest behind its share. Shares are proportional to πₗ·σₗ, with πₗ the \
        share of the candidates in the leaf and σₗ the sample standard deviation of the values \
        measured in it.",
    score: "Within the leaf, not comparable between leaves: √w·minⱼ ‖x − xⱼ‖ over the anchors and \
        picks of the leaf (diversity), u^(1/w) with u uniform in (0, 1) (random), or −‖x − \
        centroid‖²/w (representativity).",
    details: "The shares are the allocation of Neyman 1934, which for given leaves minimises the \
        error of a mean; the reference allocation of the paper is √πₗ·σₗ (Goetz, Tewari & \
        Zimmerman 2018), which gives more to small leaves. A leaf whose values are all equal gets \
        no pick while another has rows left; if that holds for all leaves, only their sizes count. \
        Within a leaf, diversity takes the row farthest from its anchors and picks, random any row \
        in proportion to its weight, and representativity the row nearest the centroid of the rows \
        left. Distances are between inputs. If nothing is measured, it is space-filling.",
    cost: "O(d·a·log a) per level of the tree, O(n) to assign the candidates to leaves, O(n·a·d/L) \
        at the start and O(n·d/L) per pick with L leaves.",
    reference: "Jose, de Mendonça, Devijver, Jakse, Monbet & Poloni 2023, Regression tree-based \
        active learning; there a whole batch is allocated at once, here one pick at a time, by \
        largest remainder.",
    use_when: "For numeric targets whose spread or steepness varies a lot from region to region; \
        it needs no model.",
    not_when: "With fewer than about ten measured rows, or where only the noise varies: it picks \
        where values differ, whatever the reason.",
};

/// Picks by the leaves of a regression tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtAl {
    min_leaf: usize,
    /// 0 stands for twice the batch.
    max_leaves: usize,
    inside: Inside,
}

/// How rows are picked inside a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Inside {
    /// The farthest from the leaf's anchors and picks.
    #[default]
    Diversity,
    /// Any.
    Random,
    /// The nearest to the centroid of what is left.
    Representativity,
}

impl Strategy for RtAl {
    fn begin<'q>(&self, pool: &'q Pool<'q>, seed: Seed) -> Box<dyn Greedy + 'q> {
        let values = pool.anchor_values();
        if values.is_empty() {
            return Box::new(Farthest::in_points(pool));
        }
        let most = match self.max_leaves {
            0 => 2 * pool.batch(),
            most => most,
        };
        let most = most.min(values.len() / self.min_leaf);
        let tree = CartTree::fit(pool.anchor_points(), values, self.min_leaf, most);
        Box::new(Leaves::new(pool, &tree, self.inside, seed))
    }
}

/// The rules inside a leaf by name.
const INSIDES: &[(&str, Inside)] = &[
    ("diversity", Inside::Diversity),
    ("random", Inside::Random),
    ("representativity", Inside::Representativity),
];

/// The candidates, divided by the leaves of a tree.
struct Leaves<'q> {
    pool: &'q Pool<'q>,
    shares: Shares,
    /// Per candidate its leaf and its place among the leaf's members.
    of: Vec<(u32, u32)>,
    /// Per leaf its candidates.
    members: Vec<Vec<u32>>,
    rule: Rule,
}

/// What decides inside a leaf.
enum Rule {
    /// Per leaf the distances of its members.
    Diversity(Vec<Spread<'static>>),
    /// Per candidate its draw.
    Random(Vec<f32>),
    /// Per leaf the sum of its members' points that are left, and their
    /// number.
    Representativity(Vec<(Vec<f64>, usize)>),
}

impl<'q> Leaves<'q> {
    fn new(pool: &'q Pool<'q>, tree: &CartTree, inside: Inside, seed: Seed) -> Leaves<'q> {
        let points = pool.points();
        let leaves: Vec<u32> = (0..pool.len())
            .into_par_iter()
            .with_min_len(4096)
            .map(|candidate| tree.leaf(points.row(candidate)) as u32)
            .collect();
        let mut members = vec![Vec::new(); tree.deviations().len()];
        let mut of = Vec::with_capacity(pool.len());
        for (candidate, &leaf) in leaves.iter().enumerate() {
            let members = &mut members[leaf as usize];
            of.push((leaf, members.len() as u32));
            members.push(candidate as u32);
        }
        let sizes: Vec<usize> = members.iter().map(Vec::len).collect();
        let shares = sizes.iter().zip(tree.deviations());
        let targets = shares.map(|(&size, deviation)| size as f64 * deviation);
        let rule = match inside {
            Inside::Diversity => Rule::Diversity(spreads(pool, tree, &members)),
            Inside::Random => Rule::Random(draws(pool, seed)),
            Inside::Representativity => {
                let sums = members.par_iter().map(|members| sum(pool, members));
                Rule::Representativity(sums.collect())
            }
        };
        Leaves {
            pool,
            shares: Shares::new(targets.collect(), sizes),
            of,
            members,
            rule,
        }
    }

    /// What a leaf's member at a place is worth inside the leaf.
    fn worth(&self, candidate: usize, worth: impl Fn(&Spread<'static>, usize) -> f32) -> f32 {
        let (leaf, place) = self.of[candidate];
        match &self.rule {
            Rule::Diversity(spreads) => worth(&spreads[leaf as usize], place as usize),
            Rule::Random(draws) => draws[candidate],
            Rule::Representativity(sums) => {
                let (sum, left) = &sums[leaf as usize];
                let points = self.pool.points();
                let squared: f64 = points
                    .row(candidate)
                    .iter()
                    .zip(sum)
                    .map(|(&value, sum)| (f64::from(value) - sum / *left as f64).powi(2))
                    .sum();
                let weight = f64::from(self.pool.weight(candidate));
                (-squared / weight).max(f64::from(f32::MIN)) as f32
            }
        }
    }
}

/// Per leaf the distances of its members to the leaf's anchors.
fn spreads(pool: &Pool<'_>, tree: &CartTree, members: &[Vec<u32>]) -> Vec<Spread<'static>> {
    let (points, anchors) = (pool.points(), pool.anchor_points());
    let mut anchors_of = vec![Vec::new(); members.len()];
    for (anchor, point) in anchors.rows().into_iter().enumerate() {
        anchors_of[tree.leaf(point)].push(anchor);
    }
    members
        .par_iter()
        .zip(&anchors_of)
        .map(|(members, anchors_of)| {
            let rows: Vec<usize> = members.iter().map(|&row| row as usize).collect();
            let weights: Option<Vec<f32>> = pool
                .weights()
                .map(|weights| rows.iter().map(|&row| weights[row]).collect());
            Spread::over(
                points.select(Axis(0), &rows),
                weights.map(Cow::Owned),
                anchors.select(Axis(0), anchors_of).view(),
            )
        })
        .collect()
}

/// The sum of some candidates' points, and their number.
fn sum(pool: &Pool<'_>, members: &[u32]) -> (Vec<f64>, usize) {
    let points = pool.points();
    let mut sum = vec![0.0; points.ncols()];
    for &member in members {
        for (sum, &value) in sum.iter_mut().zip(points.row(member as usize)) {
            *sum += f64::from(value);
        }
    }
    (sum, members.len())
}

impl Greedy for Leaves<'_> {
    fn best(&mut self, open: &[bool]) -> Option<usize> {
        let open_leaves: Vec<bool> = self
            .members
            .iter()
            .map(|members| members.iter().any(|&row| open[row as usize]))
            .collect();
        let leaf = self.shares.next(&open_leaves)?;
        self.members[leaf]
            .par_chunks(4096)
            .filter_map(|members| {
                members
                    .iter()
                    .map(|&row| row as usize)
                    .filter(|&row| open[row])
                    .map(|row| {
                        (
                            self.worth(row, |spread, place| spread.distances[place]),
                            row,
                        )
                    })
                    .reduce(|a, b| if b.0 > a.0 { b } else { a })
            })
            .reduce_with(|a, b| if b.0 > a.0 { b } else { a })
            .map(|(_, row)| row)
    }

    fn score(&self, candidate: usize) -> f32 {
        self.worth(candidate, Spread::distance)
    }

    fn chosen(&mut self, candidate: usize) {
        let (leaf, place) = self.of[candidate];
        let (leaf, place) = (leaf as usize, place as usize);
        self.shares.chosen(leaf);
        match &mut self.rule {
            Rule::Diversity(spreads) => spreads[leaf].add(place),
            Rule::Random(_) => {}
            Rule::Representativity(sums) => {
                let (sum, left) = &mut sums[leaf];
                *left -= 1;
                for (sum, &value) in sum.iter_mut().zip(self.pool.points().row(candidate)) {
                    *sum -= f64::from(value);
                }
            }
        }
    }
}

/// This strategy in the registry.
pub static ENTRY: StrategyEntry = StrategyEntry {
    name: "rt-al",
    summary: "more rows where measured values vary, by the leaves of a tree",
    doc: DOC,
    needs_model: false,
    needs_direction: false,
    regression: true,
    classification: false,
    several: false,
    // How fine the tree is depends on the batch.
    anytime: false,
    options: &[
        StrategyOption {
            name: "min_leaf",
            range: OptionRange::Whole {
                least: 1,
                most: 1_000_000,
            },
            default: OptionValue::Number(5.0),
            summary: "minimum number of measured rows in a leaf of the tree",
        },
        StrategyOption {
            name: "max_leaves",
            range: OptionRange::Whole {
                least: 0,
                most: 1_000_000,
            },
            default: OptionValue::Number(0.0),
            summary: "maximum number of leaves of the tree; 0 means twice the batch size",
        },
        StrategyOption {
            name: "inside",
            range: OptionRange::Names(&["diversity", "random", "representativity"]),
            default: OptionValue::Text(Cow::Borrowed("diversity")),
            summary: "how a row is chosen within a leaf",
        },
    ],
    make: |settings| {
        Ok(Box::new(RtAl {
            min_leaf: settings.whole("min_leaf"),
            max_leaves: settings.whole("max_leaves"),
            inside: settings.one_of("inside", INSIDES),
        }))
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::StrategyOptions;
    use crate::strategies::space_filling::SpaceFilling;
    use crate::strategies::tests::{Case, numbers};
    use ndarray::{Array1, array};

    fn inside(inside: Inside) -> RtAl {
        RtAl {
            min_leaf: 2,
            max_leaves: 2,
            inside,
        }
    }

    /// Two leaves, cut at 5: values 0 and 2 on the left (deviation √2), 100
    /// and 106 on the right (deviation 6/√2 = 3·√2); six candidates on the
    /// left, two on the right, so the shares are 6·1 : 2·3.
    fn two_leaves() -> Case {
        let mut case = Case::points(&[[0.5], [1.0], [1.5], [2.0], [3.0], [4.0], [8.0], [9.0]]);
        case.anchor_points = array![[0.0], [2.5], [7.5], [10.0]];
        case.anchor_values = vec![0.0, 2.0, 100.0, 106.0];
        case
    }

    #[test]
    fn leaves_get_picks_by_size_and_deviation() {
        let case = two_leaves();
        let batch = case.select(&inside(Inside::Diversity), 8);
        let found: Vec<(usize, f32)> = batch.picks.iter().map(|p| (p.row, p.score)).collect();
        // Left: 4 is 1.5 from 2.5, then 1 or 1.5 is 1 from an anchor. Right:
        // 9 is 1 from 10, then 8 is 0.5 from 7.5. Turn by turn while both
        // have rows, then what is left.
        assert_eq!(found[0], (5, 1.5));
        assert_eq!(found[1], (7, 1.0));
        assert!(found[2].0 == 1 || found[2].0 == 2, "{found:?}");
        assert_eq!(found[2].1, 1.0);
        assert_eq!(found[3], (6, 0.5));
        assert!(found[4..].iter().all(|&(row, _)| row < 6));
    }

    #[test]
    fn weights_multiply_squared_distance_inside_a_leaf() {
        let mut case = two_leaves();
        case.weights = Some(vec![16.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
        let batch = case.select(&inside(Inside::Diversity), 1);
        assert_eq!((batch.picks[0].row, batch.picks[0].score), (0, 2.0));
    }

    #[test]
    fn representativity_takes_the_middle_of_what_is_left() {
        let mut case = two_leaves();
        let batch = case.select(&inside(Inside::Representativity), 8);
        let rows: Vec<usize> = batch.picks.iter().map(|pick| pick.row).collect();
        // Left: the mean is 2, row 3. Right: 8.5, either row. Then the left
        // mean is still 2: row 2 is 0.5 from it. Then 2.125: row 4.
        assert_eq!((rows[0], batch.picks[0].score), (3, 0.0));
        assert_eq!(batch.picks[1].score, -0.25);
        assert_eq!((rows[2], batch.picks[2].score), (2, -0.25));
        assert_eq!((rows[4], batch.picks[4].score), (4, -0.765_625));
        case.weights = Some(vec![1.0, 1.0, 1.0, 1.0, 1.0, 100.0, 1.0, 1.0]);
        let batch = case.select(&inside(Inside::Representativity), 3);
        assert_eq!((batch.picks[2].row, batch.picks[2].score), (5, -0.04));
    }

    #[test]
    fn random_takes_any_row_of_the_leaf() {
        let mut case = two_leaves();
        let mut firsts = [0; 8];
        for seed in 0..300 {
            case.seed = Seed(seed);
            let picks = case.picks(&inside(Inside::Random), 2);
            assert!(picks[0] < 6 && picks[1] >= 6, "{picks:?}");
            firsts[picks[0]] += 1;
        }
        assert!(firsts[..6].iter().all(|&count| count > 20), "{firsts:?}");
    }

    #[test]
    fn equal_values_leave_sizes_and_distances_to_decide() {
        let mut case = two_leaves();
        case.anchor_values = vec![3.0; 4];
        // One leaf: as space-filling from the anchors.
        for n in [1, 4, 8] {
            let picks = case.picks(&inside(Inside::Diversity), n);
            assert_eq!(picks, case.picks(&SpaceFilling {}, n));
        }
        case.anchor_points = ndarray::Array2::zeros((0, 1));
        case.anchor_values.clear();
        let picks = case.picks(&inside(Inside::Random), 8);
        assert_eq!(picks, case.picks(&SpaceFilling {}, 8));
    }

    #[test]
    fn every_pick_is_the_farthest_of_the_leaf_furthest_behind() {
        let mut case = Case::points(&[[0.0; 2]; 400]);
        case.points = numbers(400, 2, 1);
        case.anchor_points = numbers(60, 2, 2);
        case.anchor_values = numbers(60, 1, 3).into_iter().collect();
        let strategy = ENTRY
            .with_options(&StrategyOptions::none())
            .expect("defaults");
        let n = 30;
        let batch = case.select(strategy.as_ref(), n);
        let points = case.anchor_points.view();
        let tree = CartTree::fit(points, &case.anchor_values, 5, 12);
        assert!(tree.deviations().len() > 4);
        let leaf = |row: usize| tree.leaf(case.points.row(row));
        let targets: Vec<f64> = (0..tree.deviations().len())
            .map(|at| {
                let size = (0..400).filter(|&row| leaf(row) == at).count();
                size as f64 * tree.deviations()[at]
            })
            .collect();
        let whole: f64 = targets.iter().sum();
        let mut picked = vec![0; targets.len()];
        let mut centres: Vec<(usize, Array1<f32>)> = points
            .rows()
            .into_iter()
            .map(|row| (tree.leaf(row), row.to_owned()))
            .collect();
        for (t, pick) in batch.picks.iter().enumerate() {
            let behind = |at: usize| targets[at] / whole * (t + 1) as f64 - f64::from(picked[at]);
            let most = (0..targets.len()).map(behind).fold(0.0, f64::max);
            let of = leaf(pick.row);
            assert!((behind(of) - most).abs() < 1e-9);
            let distance = |row: usize| {
                let of_leaf = centres.iter().filter(|centre| centre.0 == of);
                let squares = of_leaf.map(|centre| {
                    let apart = &centre.1 - &case.points.row(row);
                    apart.dot(&apart)
                });
                squares.fold(f32::INFINITY, f32::min).sqrt()
            };
            let members = (0..400).filter(|&row| leaf(row) == of);
            let farthest = members.map(distance).fold(0.0, f32::max);
            assert!((pick.score - farthest).abs() < 1e-6);
            assert!((distance(pick.row) - farthest).abs() < 1e-6);
            picked[of] += 1;
            centres.push((of, case.points.row(pick.row).to_owned()));
        }
    }

    #[test]
    fn options_out_of_range_are_refused() {
        let number = OptionValue::Number;
        for (name, value) in [
            ("min_leaf", number(0.0)),
            ("min_leaf", number(2.5)),
            ("max_leaves", number(-1.0)),
            ("inside", OptionValue::Text("middle".into())),
        ] {
            let options = StrategyOptions::none().with(name, value);
            let Err(error) = ENTRY.with_options(&options) else {
                panic!("{name} was accepted")
            };
            let said = error.message.contains(name) || error.message.contains("'random' or");
            assert!(said, "{error}");
        }
    }
}
