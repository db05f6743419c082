//! A table of results, read and checked.

use al_core::phrases::counted;
use al_core::{
    ColumnChoice, DataError, Fault, Message, Messages, Observed, ObservedColumns, Role, Schema,
    Table, Task, encoder,
    setting::{self, Setting},
};
use al_tables::{Input, TableSource, check_columns, ignored, left_out, odd_cells};
use al_words::columns::own_columns;

use crate::groups::{Choosable, EvaluationRows, evaluation_rows};
use crate::hardware::check_hardware;
use crate::hints::{hints, near_numbers, near_spellings};
use crate::options::TrainOptions;
use crate::results::{
    Classes, ReadingCommand, Results, TargetColumn, check_status, read_results, read_target,
};
use crate::rows;

/// A table of results, read and checked.
pub(crate) struct Measured {
    pub input: Input,
    pub table: Table,
    pub target: TargetColumn,
    pub schema: Schema,
    pub results: Results,
    /// From what evaluation rows are chosen.
    pub evaluation: EvaluationRows,
    /// With the task filled in.
    pub options: TrainOptions,
    /// A sentence each.
    pub warnings: Messages,
}

/// That the columns with the hardware and with structures, which are features, have no other
/// role.
fn check_roles(options: &TrainOptions) -> Result<(), DataError> {
    let structure = options.structure.as_ref().map(|(column, _)| column);
    for (feature, setting) in [
        (options.hardware.as_ref(), setting::HARDWARE),
        (structure, setting::SMILES),
    ] {
        if let Some(feature) = feature {
            check_roles_of(feature, setting, options)?;
        }
    }
    Ok(())
}

fn check_roles_of(
    feature: &String,
    first: Setting,
    options: &TrainOptions,
) -> Result<(), DataError> {
    let status = options.status.as_ref().map(|(column, _)| column);
    let roles = [
        (status, setting::STATUS),
        (options.cost.as_ref(), setting::COST),
        (options.id.as_ref(), setting::ID),
        (options.noise.as_ref(), setting::NOISE),
        (options.weights.as_ref(), setting::WEIGHTS),
    ];
    match roles
        .into_iter()
        .find(|(column, _)| *column == Some(feature))
    {
        None => Ok(()),
        Some((_, second)) => Err(DataError::Contradiction {
            column: feature.clone(),
            first,
            second,
        }),
    }
}

/// That no rows are held together by the value that is to be predicted.
fn check_not_by_target(options: &TrainOptions) -> Result<(), Fault> {
    for (column, setting) in [
        (&options.holdout_by, setting::HOLDOUT_BY),
        (&options.group, setting::GROUP),
    ] {
        if column.as_ref() == Some(&options.target) {
            let problem = Message::from(setting.given()).text(format!(
                " names the target '{}', whose values cannot say which rows belong together",
                options.target
            ));
            return Err(Fault::usage(problem).remedy("name another column"));
        }
    }
    Ok(())
}

/// Reads the results of `source`, of which at least one row can be learned
/// from.
pub(crate) fn measured(source: &TableSource, options: &TrainOptions) -> Result<Measured, Fault> {
    check_not_by_target(options)?;
    let mut warnings = Messages::default();
    let input = source.open_once(&options.known_columns(), &mut warnings)?;
    warnings.extend(input.notes().iter().cloned());
    check_columns(
        &input,
        std::iter::once(options.target.as_str())
            .chain(options.roles())
            .chain(options.splits_by()),
    )?;
    let table = input.read(None)?.table(None)?;
    if table.n_rows() == 0 {
        let none = Message::from("there are no rows ");
        let problem = match source.filter() {
            Some(_) => none
                .text("for which ")
                .setting(setting::WHERE)
                .text(" is true"),
            None => none.text("below the header"),
        };
        return Err(Fault::data(problem).at(input.name()));
    }
    let mut options = options.clone();
    if !source.dialect().is_open() {
        options.dialect = source.dialect().clone();
    }
    let target = read_target(&input, &table, &options, None)?;
    options.task = Some(target.task);
    options.target_unit.clone_from(&target.unit);
    if let Some(unit) = &target.unit {
        warnings.push(format!(
            "the target '{}' holds lengths of time, which are read in {unit}",
            options.target
        ));
        if let Some(said) = options.unit.as_ref().filter(|&said| said != unit) {
            let problem = format!(
                "the target '{}' holds lengths of time, which are read in {unit}, not in '{said}'",
                options.target
            );
            let remedy = Message::from("remove ").setting(setting::UNIT);
            return Err(Fault::usage(problem).remedy(remedy).at(input.name()));
        }
    }
    check_task(&input, &options, target.task, &target.classes)?;
    check_roles(&options).map_err(|error| input.fault(&error))?;
    let choice = ColumnChoice {
        written: own_columns(&table, &target.classes),
        ignore: ignored(&input, &options.ignore)
            .map(str::to_owned)
            .collect(),
        ..options.choice()
    };
    let odd = odd_cells(&input, &table, &choice);
    // Rows that are left out leave no trace: neither their categories nor columns that
    // have no value in the others.
    let kept: Option<Vec<usize>> =
        (options.drop_missing_target && options.status.is_none()).then(|| {
            (0..table.n_rows())
                .filter(|&row| !target.values[row].is_nan())
                .collect()
        });
    let kept = kept.filter(|kept: &Vec<usize>| !kept.is_empty() && kept.len() < table.n_rows());
    let learned = kept.map(|kept| table.take(&kept));
    let learned = learned.as_ref().unwrap_or(&table);
    let (schema, unnamed) = Schema::infer(learned, &choice).map_err(|error| {
        let fault = input.fault(&error);
        // A column of numbers but for a cell is worth more than advice in general.
        match (&error, odd.first()) {
            (DataError::NoFeatures { .. }, Some(odd)) => fault.remedy(odd.clone()),
            _ => fault,
        }
    })?;
    warnings.extend(unnamed);
    warnings.extend(odd);
    warnings.extend(near_spellings(learned, &schema));
    warnings.extend(near_numbers(learned, &schema));
    warnings.extend(left_out(&input, &options.ignore));
    if let Some(hardware) = &options.hardware {
        check_hardware(&schema, hardware)?;
    }
    if let Some(name) = schema.names().find(|name| name.starts_with(rows::OWN)) {
        let problem = format!("a feature has the name '{name}', which model files use");
        return Err(Fault::data(problem)
            .remedy("rename the column")
            .at(input.name()));
    }
    let results = read_results(
        &input,
        &table,
        &target,
        &schema,
        &options,
        ReadingCommand::Train,
        None,
    )?;
    check_status(&input, &table, &results, &options)?;
    let worked: Vec<usize> = results.worked().collect();
    let choosable = Choosable {
        source: &results.source,
        groups: &results.groups,
        worked: &worked,
    };
    let evaluation = evaluation_rows(&input, &table, choosable, &options)?;
    if results.worked().next().is_none() {
        let problem = format!("no row has a target '{}' to learn from", options.target);
        return Err(Fault::data(problem).at(input.name()));
    }
    if target.task == Task::Classification && 2 * target.classes.len() > results.keys.len() {
        warnings.push(format!(
            "the target '{}' has {} classes in {}: are these names rather than classes?",
            options.target,
            target.classes.len(),
            counted(results.keys.len(), "row")
        ));
    }
    warnings.extend(hints(&table, &target, &results, &options));
    if results.dropped > 0 {
        warnings.push(format!(
            "excluded because they have no target: {} of {}",
            results.dropped,
            counted(table.n_rows(), "row")
        ));
    }
    Ok(Measured {
        input,
        table,
        target,
        schema,
        results,
        evaluation,
        options,
        warnings,
    })
}

fn check_task(
    input: &Input,
    options: &TrainOptions,
    task: Task,
    classes: &[String],
) -> Result<(), Fault> {
    let learner = options.recipe.learner.as_str();
    let entry = al_models::registry::find(learner)?;
    let wrong_task = |only: &str, target: &str| {
        Fault::usage(format!(
            "learner '{learner}' does {only} only, and the target is a {target}"
        ))
        .remedy(Message::from("change ").setting(setting::LEARNER))
    };
    match task {
        Task::Classification if options.log_target => {
            let problem = Message::from(setting::LOG_TARGET)
                .text(" is for numbers, and the target is a class");
            Err(Fault::usage(problem).remedy("remove it"))
        }
        Task::Classification if classes.len() < 2 => {
            let classes = match classes.first() {
                Some(only) => format!("one class, '{only}'"),
                None => "no value".to_owned(),
            };
            Err(
                Fault::data(format!("the target '{}' has {classes}", options.target))
                    .remedy("a classifier needs at least two classes")
                    .at(input.name()),
            )
        }
        Task::Classification if !entry.classification => Err(wrong_task("regression", "class")),
        Task::Regression if !entry.regression => {
            let fault = wrong_task("classification", "number");
            let either = Message::from("change ")
                .setting(setting::LEARNER)
                .text(", or give ")
                .setting(setting::TASK.to("classification"));
            Err(fault.remedy(either))
        }
        _ => Ok(()),
    }
}

/// The measured rows of `table`, as those of a round.
pub(crate) fn observed(table: &Table, results: &Results, schema: &Schema, round: u32) -> Observed {
    let features = schema
        .names()
        .map(|name| al_core::Column {
            name: name.to_owned(),
            data: table
                .column(name)
                .expect("a feature of the schema")
                .take(&results.source),
        })
        .collect();
    let roles = results
        .values
        .iter()
        .map(|value| {
            if value.is_nan() {
                Role::Failed
            } else {
                Role::Training
            }
        })
        .collect();
    Observed::new(ObservedColumns {
        features: Table::new(features),
        keys: results.keys.clone(),
        roles,
        rounds: vec![round; results.keys.len()],
        values: results.values.clone(),
        weights: results.weights.clone(),
        counts: results.counts.clone(),
        spreads: results.spreads.clone(),
        costs: results.costs.clone(),
        groups: results.groups.clone(),
    })
}

/// Measured rows of a table, for who replays them.
pub struct MeasuredTable {
    /// Where they were read from.
    pub input: Input,
    /// The kind of the target.
    pub task: Task,
    /// The classes, sorted; none for numbers.
    pub classes: Classes,
    /// The options, with the task filled in.
    pub options: TrainOptions,
    /// The features.
    pub schema: Schema,
    /// The rows, failed ones included.
    pub rows: Observed,
    /// From what rows to test on are chosen.
    pub evaluation: EvaluationRows,
    /// What measuring each cost, 0 where that is not known; `None` without a cost
    /// column.
    pub paid: Option<Vec<f64>>,
    /// Warnings, a sentence each.
    pub warnings: Messages,
}

/// Reads the measured rows of `source`, of which at least one can be learned
/// from.
///
/// # Errors
///
/// Results that cannot be read or make no sense.
pub fn measured_table(
    source: &TableSource,
    options: &TrainOptions,
) -> Result<MeasuredTable, Fault> {
    let read = measured(source, options)?;
    let rows = observed(&read.table, &read.results, &read.schema, 0);
    let paid = match &read.options.cost {
        None => None,
        Some(name) => {
            let numbers =
                encoder::numbers(&read.table, name).map_err(|error| read.input.fault(&error))?;
            let paid = read.results.source.iter().map(|&row| numbers.values[row]);
            // A measurement of unknown cost adds nothing.
            Some(
                paid.map(|cost| if cost.is_nan() { 0.0 } else { cost })
                    .collect(),
            )
        }
    };
    Ok(MeasuredTable {
        input: read.input,
        task: read.target.task,
        classes: read.target.classes,
        options: read.options,
        schema: read.schema,
        rows,
        evaluation: read.evaluation,
        paid,
        warnings: read.warnings,
    })
}
