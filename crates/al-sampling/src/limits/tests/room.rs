//! Room: a batch has what there is place for.

use super::*;

/// Bins of one size for each kind; items go into the fullest that holds them.
#[derive(Debug)]
pub(super) struct Bins(pub(super) Vec<Vec<u64>>);

impl Fit for Bins {
    fn fits(&self, items: &[(u32, u64)]) -> bool {
        let mut items = items.to_vec();
        items.sort_unstable_by_key(|&(kind, size)| (kind, u64::MAX - size));
        let mut bins = self.0.clone();
        items.iter().all(|&(kind, size)| {
            let open = bins[kind as usize].iter_mut().filter(|left| **left >= size);
            let bin = open.min();
            bin.map(|left| *left -= size).is_some()
        })
    }
}

pub(super) fn room(kinds: &[u32], sizes: &[u64], bins: &[&[u64]]) -> Option<Room> {
    Some(Room {
        name: "the time of the hosts".to_owned(),
        kinds: kinds.to_vec(),
        sizes: sizes.to_vec(),
        fit: Arc::new(Bins(bins.iter().map(|bins| bins.to_vec()).collect())),
    })
}

#[test]
fn a_batch_has_what_there_is_room_for() {
    // Kind 0 has two bins of 5, kind 1 one of 3.
    let plenty = || room(&[0, 0, 0, 1, 1, 0], &[4, 3, 2, 2, 2, 1], &[&[5, 5], &[3]]);
    let limits = |n| SelectionLimits {
        room: plenty(),
        ..SelectionLimits::first(n)
    };
    assert_eq!(picks(6, &limits(6)), [0, 1, 2, 3, 5]);
    assert_eq!(picks(6, &limits(usize::MAX)), [0, 1, 2, 3, 5]);
    assert_eq!(picks(6, &limits(2)), [0, 1]);
    assert_eq!(
        short(6, &limits(6)),
        "the other candidate would break: the time of the hosts"
    );
    // With money, too.
    let limits = SelectionLimits {
        budget: budget(4.0, &[1.0; 6]),
        ..limits(6)
    };
    assert_eq!(picks(6, &limits), [0, 1, 2, 3]);
    let few = SelectionLimits {
        room: room(&[0], &[1], &[&[5]]),
        ..SelectionLimits::first(1)
    };
    assert!(matches!(
        batch(&falling(2), &few),
        Err(SelectError::Shape { .. })
    ));
}

#[test]
fn room_is_kept_back_for_what_is_required() {
    // The one b takes 3 of the 5 that there are.
    let limits = SelectionLimits {
        room: room(&[0; 5], &[2, 2, 2, 1, 3], &[&[5]]),
        ..quotas(4, [at_least(1, "aaaab")])
    };
    assert_eq!(picks(5, &limits), [0, 4]);
    // The shortest rows of both values want the same room; one has another.
    let limits = SelectionLimits {
        room: room(&[0, 0, 1], &[1, 1, 5], &[&[1], &[5]]),
        ..quotas(2, [at_least(1, "abb")])
    };
    assert_eq!(picks(3, &limits), [0, 2]);
    let include = SelectionLimits {
        included: vec![keys(3)[1]],
        ..limits.clone()
    };
    assert_eq!(
        refused(3, &include),
        "the smallest rows that meet at least 1 row for each value of 'hardware'; 1 row to include \
         do not fit in the time of the hosts"
    );
    let included = SelectionLimits {
        included: vec![keys(3)[0], keys(3)[1]],
        ..limits
    };
    assert_eq!(
        refused(3, &included),
        "the rows to include do not fit in the time of the hosts"
    );
}

#[test]
fn what_has_no_room_is_named() {
    let limits = SelectionLimits {
        room: room(&[0; 4], &[2, 2, 4, 3], &[&[4]]),
        ..quotas(4, [at_least(1, "aabb")])
    };
    let Err(SelectError::Collision(Collision::RequiredAboveRoom { limits, name, rows })) =
        batch(&falling(4), &limits)
    else {
        panic!("they fit");
    };
    assert_eq!((limits.len(), name.as_str()), (1, "the time of the hosts"));
    let mut rows = rows;
    rows.sort_unstable();
    assert!(
        rows[0] < 2 && rows[1] == 3,
        "the shortest of each: {rows:?}"
    );
}
