//! Texts about hosts, and what is wrong with them.

use super::*;

#[test]
fn hosts_as_documented() {
    let hosts = Hosts::parse(
        r#"
        [[reservation]]
        host = "gpu-1"
        from = "10 min"
        time = "5 min"
        slots = 1
        [[host]]
        name = "gpu-1"
        hardware = ["cuda", 90]
        slots = 2
        minutes = 30
        [[host]]
        name = "gpu-2"
        hardware = "rocm"
        time = "1.5 h"
        down = true
        [[host]]
        name = "any"
        "#,
    )
    .unwrap();
    let [first, second, any] = hosts.all() else {
        panic!("{hosts:?}")
    };
    assert_eq!(
        first.hardware,
        Some(vec!["cuda".to_owned(), "90".to_owned()])
    );
    assert_eq!((first.slots, first.time), (2, Some(1800.0)));
    let reserved = Reservation {
        from: 600.0,
        to: 900.0,
        slots: Some(1),
    };
    assert_eq!(first.reservations, [reserved]);
    assert_eq!((second.time, second.down), (Some(5400.0), true));
    assert_eq!(*any, Host::new("any"));
    let at = TextPlace {
        line: 9,
        column: 29,
    };
    assert_eq!((hosts.place(0, 1), hosts.place(2, 0)), (Some(at), None));
}

/// A host called `a`, and what follows.
fn host(lines: &str) -> String {
    format!("[[host]]\nname = \"a\"\n{lines}")
}

/// Checks the errors of texts.
fn are_refused<const N: usize>(texts: [(String, &str); N]) {
    for (text, expected) in texts {
        let error = Hosts::parse(&text).unwrap_err();
        assert_eq!(Fault::from(error).to_string(), expected, "{text}");
    }
}

#[test]
fn errors_name_place_fault_and_remedy() {
    are_refused([
        (
            String::new(),
            "line 1, column 1: there is no host; write one as [[host]] with a name",
        ),
        (
            "host = 1".into(),
            "line 1, column 8: 'host' must be written as [[host]], not a number",
        ),
        (
            "[[hosts]]\nname = 'a'".into(),
            "line 1, column 3: 'hosts' is not known here; did you mean 'host'?",
        ),
        (
            "[[host]]\nslots = 1".into(),
            "line 1, column 1: a host has no name; write name = \"…\"",
        ),
        (
            host("minuts = 1"),
            "line 3, column 1: 'minuts' is not known here; did you mean 'minutes'?",
        ),
        (
            host("cores = 1"),
            "line 3, column 1: 'cores' is not known here; there are: name, hardware, slots, minutes, time, down",
        ),
        (
            "[[machine]]\nname = 'a'".into(),
            "line 1, column 3: 'machine' is not known here; there are: [[host]], [[reservation]]",
        ),
    ]);
}

#[test]
fn errors_of_hosts_name_place_fault_and_remedy() {
    are_refused([
        (
            host("slots = 0"),
            "line 3, column 9: the host 'a' has 0 slots; for a host that runs nothing write down = true",
        ),
        (
            host("slots = -1"),
            "line 3, column 9: 'slots' must be a whole number, 1 or more",
        ),
        (
            host("time = 30"),
            "line 3, column 8: units missing: 'time' is a number alone; write a time with its unit in quotes, as in \"30 min\", \"2 h\" or \"90 s\"",
        ),
        (
            host("time = '30'"),
            "line 3, column 8: 'time' is '30'; it must be a time with its unit in quotes, as in \"30 min\", \"2 h\" or \"90 s\"",
        ),
        (
            host("minutes = -5"),
            "line 3, column 11: the time of the host 'a' must be above 0; for a host that runs nothing write down = true",
        ),
        (
            host("minutes = 5\ntime = '5 min'"),
            "line 4, column 1: 'time' and 'minutes' say the same thing; leave one of the two",
        ),
        (
            host("down = 'no'"),
            "line 3, column 8: 'down' must be true or false, not a text",
        ),
        (
            host("hardware = []"),
            "line 3, column 12: the host 'a' lists no hardware; remove 'hardware' for a host that runs everything",
        ),
        (
            host("[[host]]\nname = 'a'"),
            "line 4, column 8: the host 'a' is there twice; give each host one entry, and raise its slots",
        ),
    ]);
}

#[test]
fn errors_of_reservations_name_place_fault_and_remedy() {
    are_refused([
        (
            host("[[reservation]]\nhost = 'b'\ntime = '1 h'"),
            "line 4, column 8: there is no host 'b' to reserve; add it as [[host]]",
        ),
        (
            host("[[reservation]]\nhost = 'A'\ntime = '1 h'"),
            "line 4, column 8: there is no host 'A' to reserve; did you mean 'a'?",
        ),
        (
            host("[[reservation]]\nhost = 'a'\nfrom = 5\nto = '1 h'"),
            "line 5, column 8: units missing: 'from' is a number alone; write a time with its unit in quotes, as in \"30 min\", \"2 h\" or \"90 s\"",
        ),
        (
            host("[[reservation]]\nhost = 'a'"),
            "line 3, column 1: a reservation of 'a' has no end; write to = \"…\" or time = \"…\"",
        ),
        (
            host("[[reservation]]\nhost = 'a'\nfrom = '2 h'\nto = '1 h'"),
            "line 3, column 1: a reservation of 'a' must begin at 0 or later and end after it begins",
        ),
    ]);
    assert!(Hosts::parse("[[host]\n").is_err());
}

#[test]
fn availability_is_a_table_of_shares() {
    let shares = parse_availability("[availability]\ncuda = 0.8\n\"a b\" = 1\n").unwrap();
    assert_eq!(shares, [("cuda".to_owned(), 0.8), ("a b".to_owned(), 1.0)]);
    for (text, expected) in [
        (
            "[availability]\ncuda = 1.2",
            "line 2, column 8: the availability of 'cuda' is 1.2; it must be from 0 to 1",
        ),
        (
            "[availability]\ncuda = 'x'",
            "line 2, column 8: 'cuda' must be a number, not a text",
        ),
        (
            "[availabilty]\ncuda = 1",
            "line 1, column 2: 'availabilty' is not known here; did you mean 'availability'?",
        ),
        (
            "cuda = 1",
            "line 1, column 1: 'cuda' is not known here; there are: [availability], with a line such as cuda = 0.8 for each",
        ),
        (
            "",
            "line 1, column 1: there is no availability; write [availability] and a line such as cuda = 0.8",
        ),
    ] {
        let fault = Fault::from(parse_availability(text).unwrap_err());
        assert_eq!(fault.to_string(), expected);
    }
}
