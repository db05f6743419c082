//! Which points no other beats in every coordinate, and how much of the space
//! beyond them a new one would take: larger is better everywhere.
//!
//! Above a reference point, the part of the space that is not dominated is
//! cut into boxes that do not overlap: slabs along the last coordinate, each
//! cut along the others by the points that reach through it. The volume that a
//! point takes of them is the hypervolume that it adds (Zitzler & Thiele 1998;
//! boxes as in Lacour, Klamroth & Fonseca 2017). Of f points there are f + 1
//! boxes for two coordinates and at most (f + 1)(f + 2)/2 for three.

/// Points that none of the others beats, above a reference point.
#[derive(Debug, Clone)]
pub(crate) struct Front {
    reference: Vec<f64>,
    points: Vec<Vec<f64>>,
    boxes: Vec<OpenBox>,
}

/// A box of the space that is not dominated.
#[derive(Debug, Clone, PartialEq)]
struct OpenBox {
    low: Vec<f64>,
    /// Infinite where nothing lies beyond.
    high: Vec<f64>,
}

impl Front {
    /// No points yet.
    pub(crate) fn new(reference: Vec<f64>) -> Front {
        let mut front = Front {
            reference,
            points: Vec::new(),
            boxes: Vec::new(),
        };
        front.boxes = front.open_boxes();
        front
    }

    /// Adds points; those that others beat, or that are not above the reference
    /// in every coordinate, change nothing.
    pub(crate) fn extend(&mut self, points: impl IntoIterator<Item = Vec<f64>>) {
        let mut changed = false;
        for point in points {
            if self.beats(&point) {
                continue;
            }
            self.points.retain(|other| !covers(&point, other));
            self.points.push(point);
            changed = true;
        }
        if changed {
            self.boxes = self.open_boxes();
        }
    }

    /// The volume that a point would add.
    pub(crate) fn gain(&self, point: &[f64]) -> f64 {
        self.volume(|at, low, high| (point[at].min(high) - low).max(0.0))
    }

    /// The volume that a point adds whose coordinates are spread independently of
    /// each other: `part` gives, for a coordinate and the ends of a box, the
    /// expectation of what the point takes of it.
    pub(crate) fn volume(&self, part: impl Fn(usize, f64, f64) -> f64) -> f64 {
        let mut total = 0.0;
        for open in &self.boxes {
            let mut volume = 1.0;
            for (at, (&low, &high)) in open.low.iter().zip(&open.high).enumerate() {
                volume *= part(at, low, high);
                if volume == 0.0 {
                    break;
                }
            }
            total += volume;
        }
        total
    }

    /// Whether a point adds nothing: one of the front is at least as good in every
    /// coordinate, or it is not above the reference.
    pub(crate) fn beats(&self, point: &[f64]) -> bool {
        !point.iter().zip(&self.reference).all(|(a, b)| a > b)
            || self.points.iter().any(|other| covers(other, point))
    }

    /// How far a point is behind: the least that, added to each of its coordinates,
    /// brings it to the border of what is dominated (the additive ε of Zitzler et
    /// al. 2003); 0 where it is there or beyond.
    pub(crate) fn lag(&self, point: &[f64]) -> f64 {
        let behind = |other: &[f64]| {
            let leads = other.iter().zip(point).map(|(a, b)| a - b);
            leads.fold(f64::INFINITY, f64::min)
        };
        let short = point.iter().zip(&self.reference).map(|(a, b)| b - a);
        let short = short.fold(0.0, f64::max);
        self.points
            .iter()
            .map(|other| behind(other))
            .fold(short, f64::max)
    }

    fn open_boxes(&self) -> Vec<OpenBox> {
        let points: Vec<&[f64]> = self.points.iter().map(Vec::as_slice).collect();
        boxes(&self.reference, &points)
    }
}

/// Whether `a` is at least as good as `b` in every coordinate.
pub(crate) fn covers(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a >= b)
}

/// What no point dominates above `reference`, by as many coordinates as it has.
fn boxes(reference: &[f64], points: &[&[f64]]) -> Vec<OpenBox> {
    let last = reference.len() - 1;
    let floor = reference[last];
    if last == 0 {
        let low = points.iter().map(|point| point[0]).fold(floor, f64::max);
        return vec![OpenBox {
            low: vec![low],
            high: vec![f64::INFINITY],
        }];
    }
    let mut ends: Vec<f64> = points.iter().map(|point| point[last]).collect();
    ends.push(f64::INFINITY);
    ends.sort_unstable_by(f64::total_cmp);
    ends.dedup();
    let mut found = Vec::new();
    let mut low = floor;
    for high in ends {
        let through: Vec<&[f64]> = points
            .iter()
            .copied()
            .filter(|point| point[last] >= high)
            .collect();
        for mut open in boxes(&reference[..last], &through) {
            open.low.push(low);
            open.high.push(high);
            found.push(open);
        }
        low = high;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn front(reference: &[f64], points: &[&[f64]]) -> Front {
        let mut front = Front::new(reference.to_vec());
        front.extend(points.iter().map(|point| point.to_vec()));
        front
    }

    #[test]
    fn one_coordinate_is_the_lead_over_the_best() {
        let front = front(&[0.0], &[&[1.0], &[3.0], &[2.0]]);
        assert_eq!(front.points, [[3.0]]);
        assert_eq!(front.gain(&[3.5]), 0.5);
        assert_eq!(front.gain(&[2.0]), 0.0);
        assert_eq!(front.lag(&[2.0]), 1.0);
        assert_eq!(front.lag(&[4.0]), 0.0);
    }

    #[test]
    fn two_coordinates_by_hand() {
        // A staircase of (1, 3) and (3, 1) above the origin.
        let front = front(&[0.0, 0.0], &[&[1.0, 3.0], &[3.0, 1.0], &[1.0, 1.0]]);
        assert_eq!(front.points.len(), 2);
        // (2, 2) adds the unit square between the steps.
        assert_eq!(front.gain(&[2.0, 2.0]), 1.0);
        // (4, 4) adds all of 16 but 5.
        assert_eq!(front.gain(&[4.0, 4.0]), 11.0);
        assert_eq!(front.gain(&[3.0, 1.0]), 0.0);
        assert_eq!(front.gain(&[-1.0, 9.0]), 0.0);
        assert_eq!(front.lag(&[0.5, 0.5]), 0.5);
        assert_eq!(front.lag(&[-2.0, 9.0]), 2.0);
        assert_eq!(front.lag(&[2.0, 2.0]), 0.0);
    }

    #[test]
    fn what_is_not_above_the_reference_is_no_point() {
        let front = front(&[0.0, 0.0], &[&[0.0, 5.0], &[-1.0, 1.0]]);
        assert!(front.points.is_empty());
        assert_eq!(front.gain(&[2.0, 3.0]), 6.0);
    }

    /// Volume of what the points dominate above 0, by counting unit cubes.
    fn counted(points: &[Vec<u8>], width: u8) -> u64 {
        let k = points.first().map_or(1, Vec::len) as u32;
        let cells = u64::from(width).pow(k);
        (0..cells)
            .filter(|&cell| {
                let corner =
                    |at: usize| (cell / u64::from(width).pow(at as u32)) % u64::from(width);
                points.iter().any(|point| {
                    let mut coordinates = point.iter().enumerate();
                    coordinates.all(|(at, &p)| u64::from(p) > corner(at))
                })
            })
            .count() as u64
    }

    proptest! {
        #[test]
        fn gains_are_counted_volumes(
            k in 1_usize..4,
            numbers in prop::collection::vec(0_u8..7, 3..40),
        ) {
            let points: Vec<Vec<u8>> = numbers.chunks_exact(k).map(<[u8]>::to_vec).collect();
            let (last, known) = points.split_last().expect("one point at least");
            let real = |point: &Vec<u8>| point.iter().map(|&p| f64::from(p)).collect::<Vec<f64>>();
            let mut front = Front::new(vec![0.0; k]);
            front.extend(known.iter().map(real));
            let before = if known.is_empty() { 0 } else { counted(known, 7) };
            let added = counted(&points, 7) - before;
            prop_assert_eq!(front.gain(&real(last)), added as f64);
            prop_assert_eq!(front.beats(&real(last)), added == 0);
            // What adds nothing lags, or stands on the border.
            let point = real(last);
            prop_assert!(front.gain(&point) == 0.0 || front.lag(&point) == 0.0);
            // Lifted by its lag it is at the border: a little more, and it adds.
            let lag = front.lag(&point);
            let lifted: Vec<f64> = point.iter().map(|p| p + lag + 0.25).collect();
            prop_assert!(front.gain(&lifted) > 0.0);
        }
    }
}
