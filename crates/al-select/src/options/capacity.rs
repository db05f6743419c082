//! The hosts that a batch must fit.

use al_hw::Hosts;

/// The hosts that a batch must fit.
///
/// ```
/// use al_hw::Hosts;
/// use al_select::Capacity;
///
/// let hosts = Hosts::parse("[[host]]\nname = 'gpu-1'\nhardware = ['cuda']\nminutes = 30")?;
/// let capacity = Capacity::new(hosts, Some("hardware"));
/// assert_eq!(capacity.hosts.all()[0].time, Some(1800.0));
/// # Ok::<(), al_hw::HostsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Capacity {
    /// The hosts.
    pub hosts: Hosts,
    /// What messages call the list of them: the name of its file.
    pub name: String,
    /// The column that names a row's hardware; if not given, the one that the
    /// model was told of. Not needed where every host runs everything.
    pub hardware: Option<String>,
}

impl Capacity {
    /// That of `hosts`, which run values of the column `hardware`.
    #[must_use]
    pub fn new(hosts: Hosts, hardware: Option<&str>) -> Capacity {
        Capacity {
            hosts,
            name: "the list of hosts".to_owned(),
            hardware: hardware.map(str::to_owned),
        }
    }
}
