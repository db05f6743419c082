//! That limits can be kept at all, told before anything is read.

use al_core::{Fault, Message, Tabular, setting};
use al_tables::{Input, check_columns};

use crate::options::{SCAFFOLD, SelectOptions};
use crate::weigh::hardware_column;

/// That the columns with limits are there, before anything is read.
pub(crate) fn check_limits(
    belief: &dyn Tabular,
    input: &Input,
    options: &SelectOptions,
) -> Result<(), Fault> {
    let quotas = options.at_most.iter().chain(&options.at_least);
    let named = quotas.map(|(name, _)| name).chain(&options.same);
    let structured = belief.encoder().structure.is_some() || options.structure.is_some();
    let derived = |name: &&String| structured && name.as_str() == SCAFFOLD;
    check_columns(
        input,
        named.filter(|name| !derived(name)).map(String::as_str),
    )?;
    if options.stream.is_some() && !options.at_least.is_empty() {
        let problem = Message::from(setting::AT_LEAST)
            .text(" needs to see all candidates, and ")
            .setting(setting::STREAM)
            .text(" keeps a part of them");
        return Err(Fault::usage(problem).remedy("give one of the two"));
    }
    Ok(())
}

/// That a capacity can be used at all, before anything is read.
pub(crate) fn check_capacity(
    belief: &dyn Tabular,
    input: &Input,
    options: &SelectOptions,
) -> Result<(), Fault> {
    let Some(capacity) = &options.capacity else {
        return Ok(());
    };
    let column = hardware_column(belief, capacity.hardware.as_deref());
    if column.is_none() && capacity.hosts.tell_hardware_apart() {
        let problem = format!("{} says which hardware its hosts run", capacity.name);
        let remedy = Message::from("name the column with a row's hardware, ")
            .setting(setting::HARDWARE.given());
        return Err(Fault::usage(problem).remedy(remedy));
    }
    check_columns(
        input,
        column.as_deref().into_iter().chain(
            options
                .duration
                .as_deref()
                .filter(|_| !belief.is_informed()),
        ),
    )?;
    if options.n == SelectOptions::ANY
        && !capacity.hosts.bounded()
        && options.budget.is_none()
        && options.total_budget.is_none()
    {
        let mut endless = capacity.hosts.up().filter(|(_, host)| host.time.is_none());
        let name = endless.next().map_or("", |(_, host)| &host.name);
        let problem = format!("how many rows? The host '{name}' has no end to its time");
        let remedy = Message::from("give ")
            .setting(setting::BATCH.given())
            .text(format!(", or '{name}' minutes in {}", capacity.name));
        return Err(Fault::usage(problem).remedy(remedy));
    }
    Ok(())
}
