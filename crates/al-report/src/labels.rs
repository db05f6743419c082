//! Places for labels beside marks, so that no label covers another one or a mark.

/// From the middle of a mark to its edge, and from there to a label, in pixels.
const MARK: f64 = 6.0;
const GAP: f64 = 1.5;

/// How much further from its mark a label may be, nearest first, in pixels.
const FURTHER: [f64; 10] = [0.0, 9.0, 18.0, 28.0, 40.0, 54.0, 70.0, 88.0, 108.0, 130.0];

/// Where a label may be as seen from its mark, the best first.
const SIDES: [(f64, f64); 8] = [
    (1.0, 0.0),
    (-1.0, 0.0),
    (0.0, -1.0),
    (0.0, 1.0),
    (0.75, -0.75),
    (0.75, 0.75),
    (-0.75, -0.75),
    (-0.75, 0.75),
];

/// A label beside its mark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LabelPlace {
    /// Its middle, in pixels from the middle of the mark.
    pub(super) middle: (f64, f64),
    /// The ends of a line from the mark to it, likewise; none if it stands beside it.
    pub(super) leader: Option<[(f64, f64); 2]>,
}

#[derive(Clone, Copy)]
struct Rectangle {
    middle: (f64, f64),
    half: (f64, f64),
}

impl Rectangle {
    fn touches(&self, other: &Rectangle) -> bool {
        (self.middle.0 - other.middle.0).abs() < self.half.0 + other.half.0
            && (self.middle.1 - other.middle.1).abs() < self.half.1 + other.half.1
    }

    fn is_within(&self, area: (f64, f64)) -> bool {
        let inside = |at: f64, half: f64, end: f64| at >= half && at + half <= end;
        inside(self.middle.0, self.half.0, area.0) && inside(self.middle.1, self.half.1, area.1)
    }
}

/// Places for the labels of the first of `marks`, in pixels within `area`; `sizes` has the
/// width and height of each label. `None` where there is no room: a label that covers
/// another tells neither.
pub(super) fn placed(
    marks: &[(f64, f64)],
    sizes: &[(f64, f64)],
    area: (f64, f64),
) -> Vec<Option<LabelPlace>> {
    let mark = |&middle: &(f64, f64)| Rectangle {
        middle,
        half: (MARK, MARK),
    };
    let mut taken: Vec<Rectangle> = marks.iter().map(mark).collect();
    let labelled = marks.iter().zip(sizes);
    labelled
        .map(|(&at, &size)| {
            let places = FURTHER
                .iter()
                .flat_map(|&further| SIDES.map(|side| (further, side)));
            for (further, side) in places {
                let half = (size.0 / 2.0, size.1 / 2.0);
                let away = MARK + GAP + further;
                let middle = (side.0 * (away + half.0), side.1 * (away + half.1));
                let label = Rectangle {
                    middle: (at.0 + middle.0, at.1 + middle.1),
                    half,
                };
                if label.is_within(area) && !taken.iter().any(|other| other.touches(&label)) {
                    taken.push(label);
                    let near = (side.0 * MARK, side.1 * MARK);
                    let far = (middle.0 - side.0 * half.0, middle.1 - side.1 * half.1);
                    return Some(LabelPlace {
                        middle,
                        leader: (further > 0.0).then_some([near, far]),
                    });
                }
            }
            None
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rectangles(marks: &[(f64, f64)], places: &[Option<LabelPlace>]) -> Vec<Rectangle> {
        let all = marks.iter().zip(places);
        all.filter_map(|(at, place)| {
            let (dx, dy) = place.as_ref()?.middle;
            Some(Rectangle {
                middle: (at.0 + dx, at.1 + dy),
                half: (7.0, 6.5),
            })
        })
        .collect()
    }

    #[test]
    fn labels_cover_neither_each_other_nor_marks() {
        let area = (500.0, 300.0);
        let row: Vec<(f64, f64)> = (0..30).map(|i| (60.0 + 4.0 * f64::from(i), 80.0)).collect();
        for marks in [
            row,
            vec![(250.0, 150.0); 30],
            vec![(0.0, 0.0), (500.0, 300.0)],
        ] {
            let sizes = vec![(14.0, 13.0); marks.len()];
            let places = placed(&marks, &sizes, area);
            assert!(places.iter().all(Option::is_some), "{places:?}");
            let labels = rectangles(&marks, &places);
            for (at, label) in labels.iter().enumerate() {
                assert!(label.is_within(area));
                assert!(!labels[..at].iter().any(|other| other.touches(label)));
                let mark = |&middle: &(f64, f64)| Rectangle {
                    middle,
                    half: (MARK, MARK),
                };
                assert!(!marks.iter().map(mark).any(|mark| mark.touches(label)));
            }
        }
    }

    #[test]
    fn a_label_alone_stands_to_the_right_and_without_room_there_is_none() {
        let alone = placed(&[(50.0, 50.0)], &[(14.0, 13.0)], (100.0, 100.0));
        let place = alone[0].unwrap();
        assert_eq!((place.middle, place.leader), ((14.5, 0.0), None));
        assert_eq!(placed(&[(5.0, 5.0)], &[(14.0, 13.0)], (10.0, 10.0)), [None]);
        // Marks beyond the labelled ones are kept free, too.
        let two = placed(
            &[(50.0, 50.0), (64.0, 50.0)],
            &[(14.0, 13.0)],
            (100.0, 100.0),
        );
        assert!(two[0].unwrap().middle.0 < 0.0);
    }
}
