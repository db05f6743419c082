//! Hosts: what each can run, how many jobs at once, and for how long.
//!
//! Times are seconds from the start of the batch. A host that is up has
//! `slots` slots; each runs one job after the other from the start to the end
//! of the host's time. A reservation takes slots away from one moment to
//! another; a job runs without a break, so it fits before a reservation or
//! after it.

use std::collections::BTreeSet;

use al_core::{Fault, Message};
use thiserror::Error;

/// Hosts, each of another name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hosts {
    hosts: Vec<Host>,
    /// Per host and value of its hardware where it stands in the text; none of
    /// hosts that come from no text.
    places: Vec<Vec<TextPlace>>,
}

/// A line and a character in it, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextPlace {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

/// A host.
#[derive(Debug, Clone, PartialEq)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// The values of the hardware column that it can run; `None` for all.
    pub hardware: Option<Vec<String>>,
    /// Jobs that it runs at once.
    pub slots: usize,
    /// For how long each slot is to be had, in seconds; `None` for as long as
    /// it takes.
    pub time: Option<f64>,
    /// Whether it runs nothing.
    pub down: bool,
    /// When it is taken.
    pub reservations: Vec<Reservation>,
}

/// A time in which slots of a host are taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reservation {
    /// From when, in seconds.
    pub from: f64,
    /// Until when.
    pub to: f64,
    /// How many slots, the first ones; `None` for all.
    pub slots: Option<usize>,
}

impl Host {
    /// A host of one slot that runs everything for as long as it takes.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Host {
        Host {
            name: name.into(),
            hardware: None,
            slots: 1,
            time: None,
            down: false,
            reservations: Vec::new(),
        }
    }

    /// Whether it can run rows with this value of the hardware column.
    #[must_use]
    pub fn runs(&self, hardware: Option<&str>) -> bool {
        match &self.hardware {
            None => true,
            Some(known) => hardware.is_some_and(|value| known.iter().any(|known| known == value)),
        }
    }
}

/// What is wrong with hosts.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum HostFault {
    /// No host at all.
    #[error("there is no host")]
    None,
    /// A name that is none.
    #[error("the name of a host is empty")]
    Nameless,
    /// Two of one name.
    #[error("the host '{name}' is there twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// A host without a slot.
    #[error("the host '{name}' has 0 slots")]
    NoSlots {
        /// The host.
        name: String,
    },
    /// A host of more slots than there are.
    #[error("the host '{name}' has {slots} slots, and {most} are the most")]
    ManySlots {
        /// The host.
        name: String,
        /// Its slots.
        slots: usize,
        /// The most.
        most: usize,
    },
    /// A host that is there for no time.
    #[error("the time of the host '{name}' must be above 0")]
    NoTime {
        /// The host.
        name: String,
    },
    /// A host that can run nothing.
    #[error("the host '{name}' lists no hardware")]
    NoHardware {
        /// The host.
        name: String,
    },
    /// A reservation that ends before it begins, or begins before the start.
    #[error("a reservation of '{name}' must begin at 0 or later and end after it begins")]
    Reservation {
        /// The host.
        name: String,
    },
    /// A reservation of more slots than the host has.
    #[error("a reservation takes {taken} slots of '{name}', which has {slots}")]
    ReservedSlots {
        /// The host.
        name: String,
        /// Slots reserved.
        taken: usize,
        /// Slots that there are.
        slots: usize,
    },
}

impl HostFault {
    /// What to write instead.
    #[must_use]
    pub fn remedy(&self) -> Option<Message> {
        Some(Message::from(match self {
            HostFault::None => "write one as [[host]] with a name",
            HostFault::Twice { .. } => "give each host one entry, and raise its slots",
            HostFault::NoSlots { .. } | HostFault::NoTime { .. } => {
                "for a host that runs nothing write down = true"
            }
            HostFault::NoHardware { .. } => "remove 'hardware' for a host that runs everything",
            HostFault::Nameless
            | HostFault::ManySlots { .. }
            | HostFault::Reservation { .. }
            | HostFault::ReservedSlots { .. } => return None,
        }))
    }
}

impl From<HostFault> for Fault {
    fn from(error: HostFault) -> Fault {
        Fault::usage(error.to_string()).maybe_remedy(error.remedy())
    }
}

/// Most slots of a host.
const MOST_SLOTS: usize = 10_000;

impl Hosts {
    /// These hosts.
    ///
    /// # Errors
    ///
    /// No host, two of one name, a host without slots, time or hardware, a
    /// reservation that makes no sense.
    pub fn new(hosts: Vec<Host>) -> Result<Hosts, HostFault> {
        let mut names = BTreeSet::new();
        if hosts.is_empty() {
            return Err(HostFault::None);
        }
        for host in &hosts {
            check(host)?;
            if !names.insert(&host.name) {
                let name = host.name.clone();
                return Err(HostFault::Twice { name });
            }
        }
        Ok(Hosts {
            hosts,
            places: Vec::new(),
        })
    }

    /// These hosts, whose hardware stands at `places`.
    pub(crate) fn placed(self, places: Vec<Vec<TextPlace>>) -> Hosts {
        Hosts { places, ..self }
    }

    /// The hosts, in the order given.
    #[must_use]
    pub fn all(&self) -> &[Host] {
        &self.hosts
    }

    /// Where a value of a host's hardware stands in the text, if they come from
    /// one.
    #[must_use]
    pub fn place(&self, host: usize, hardware: usize) -> Option<TextPlace> {
        self.places.get(host)?.get(hardware).copied()
    }

    /// Those that are up, with their places in the list.
    pub fn up(&self) -> impl Iterator<Item = (usize, &Host)> {
        self.hosts.iter().enumerate().filter(|(_, host)| !host.down)
    }

    /// Whether all that are up have an end.
    #[must_use]
    pub fn bounded(&self) -> bool {
        self.up().all(|(_, host)| host.time.is_some())
    }

    /// Whether any of them runs only some hardware.
    #[must_use]
    pub fn tell_hardware_apart(&self) -> bool {
        self.hosts.iter().any(|host| host.hardware.is_some())
    }
}

/// That a host makes sense on its own.
pub(crate) fn check(host: &Host) -> Result<(), HostFault> {
    let name = || host.name.clone();
    if host.name.trim().is_empty() {
        return Err(HostFault::Nameless);
    }
    if host.slots == 0 {
        return Err(HostFault::NoSlots { name: name() });
    }
    if host.slots > MOST_SLOTS {
        return Err(HostFault::ManySlots {
            name: name(),
            slots: host.slots,
            most: MOST_SLOTS,
        });
    }
    let positive = |time: f64| time > 0.0 && time.is_finite();
    if host.time.is_some_and(|time| !positive(time)) {
        return Err(HostFault::NoTime { name: name() });
    }
    if host.hardware.as_ref().is_some_and(Vec::is_empty) {
        return Err(HostFault::NoHardware { name: name() });
    }
    for reservation in &host.reservations {
        check_reservation(host, reservation)?;
    }
    Ok(())
}

pub(crate) fn check_reservation(host: &Host, reservation: &Reservation) -> Result<(), HostFault> {
    let name = || host.name.clone();
    let Reservation { from, to, slots } = *reservation;
    if !(from >= 0.0 && from < to && to.is_finite()) {
        return Err(HostFault::Reservation { name: name() });
    }
    match slots {
        Some(taken) if taken == 0 || taken > host.slots => Err(HostFault::ReservedSlots {
            name: name(),
            taken,
            slots: host.slots,
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_run_what_they_list() {
        let any = Host::new("a");
        assert!(any.runs(Some("cuda")) && any.runs(None));
        let some = Host {
            hardware: Some(vec!["cuda".to_owned()]),
            ..Host::new("b")
        };
        assert!(some.runs(Some("cuda")) && !some.runs(Some("cpu")) && !some.runs(None));
        let down = Host {
            down: true,
            time: Some(60.0),
            ..Host::new("c")
        };
        let hosts = Hosts::new(vec![any, some, down]).unwrap();
        assert_eq!(hosts.up().count(), 2);
        assert!(!hosts.bounded() && hosts.tell_hardware_apart());
    }

    #[test]
    fn faults_name_the_host() {
        let fault = |host: Host| Hosts::new(vec![host]).unwrap_err().to_string();
        let plain = || Host::new("a");
        let host = Host {
            slots: 0,
            ..plain()
        };
        assert!(fault(host).starts_with("the host 'a' has 0 slots"));
        let time = Some(0.0);
        assert!(fault(Host { time, ..plain() }).contains("time of the host 'a'"));
        let hardware = Some(Vec::new());
        assert!(
            fault(Host {
                hardware,
                ..plain()
            })
            .contains("lists no hardware")
        );
        let reserved = |from, to, slots| Host {
            reservations: vec![Reservation { from, to, slots }],
            ..plain()
        };
        assert!(fault(reserved(2.0, 1.0, None)).contains("end after it begins"));
        assert!(fault(reserved(0.0, 1.0, Some(2))).contains("takes 2 slots of 'a', which has 1"));
        assert!(Hosts::new(vec![reserved(0.0, 1.0, Some(1))]).is_ok());
        assert_eq!(Hosts::new(Vec::new()), Err(HostFault::None));
        let twice = Hosts::new(vec![plain(), plain()]).unwrap_err();
        assert!(twice.to_string().contains("'a' is there twice"));
    }
}
