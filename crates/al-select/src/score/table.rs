//! Scoring a table: in memory, or in two passes where it is too large to be kept.

use al_core::{Fault, Message, Progress, Tabular, setting};
use al_tables::{Input, Sink, TableSource, check_features, left_out};

use super::columns::{added, columns};
use super::gain::Wanted;
use super::measures::{Measures, Ranges};
use super::options::{ScoreOptions, Scored};
use super::scorer::{Scorer, informed, sampled, shifted};
use super::unseen::Unseen;
use crate::output_columns::names_of;

/// Rows scored at a time.
const BLOCK: usize = 1 << 16;

/// Candidates kept in memory between scoring and writing, in cells. A larger
/// table is read twice: once for a sample, once to be scored.
const CELLS_KEPT: usize = 64 << 20;

/// Reads the candidates of `source`, appends what the model says of each, and
/// gives them all to what `make_sink` makes. It is called after the first look
/// at the candidates, once they are known to be good.
///
/// # Errors
///
/// Candidates that do not fit the model, a column that is there already, and
/// an output that cannot be written.
pub fn score<S: Sink>(
    belief: &dyn Tabular,
    source: &TableSource,
    options: &ScoreOptions,
    make_sink: impl FnOnce() -> Result<S, Fault>,
    progress: &dyn Progress,
) -> Result<Scored, Fault> {
    let input = source.open_knowing(&belief.known_columns())?;
    score_input(belief, &input, options, make_sink, progress)
}

/// [`score`] of candidates that are open already.
pub(crate) fn score_input<S: Sink>(
    belief: &dyn Tabular,
    input: &Input,
    options: &ScoreOptions,
    make_sink: impl FnOnce() -> Result<S, Fault>,
    progress: &dyn Progress,
) -> Result<Scored, Fault> {
    check_features(input, &belief.encoder().schema)?;
    let scorer = Scorer::new(belief, options.neighbours)?;
    for name in added(belief, options) {
        if input.names().contains(&name) || names_of(belief).any(|known| known == name) {
            return Err(taken_name(&name, input));
        }
    }
    let mut warnings = Unseen::among("row");
    let mut sink = make_sink()?;
    let hint = input.n_rows_hint();
    progress.counted("scoring candidates", hint as u64, "rows");
    let outputs = belief.n_draws() * belief.classes().len().max(1);
    let cells = input.names().len() + belief.encoder().columns().len() + outputs;
    let rows = if hint.saturating_mul(cells) <= CELLS_KEPT {
        score_in_memory(&scorer, input, options, &mut sink, &mut warnings, progress)?
    } else {
        score_in_two_passes(&scorer, input, options, &mut sink, &mut warnings, progress)?
    };
    sink.finish()?;
    Ok(Scored {
        rows,
        warnings: left_out(input, &[])
            .into_iter()
            .chain(warnings.sentences(belief))
            .collect(),
    })
}

fn score_in_memory(
    scorer: &Scorer<'_>,
    input: &Input,
    options: &ScoreOptions,
    sink: &mut dyn Sink,
    unseen: &mut Unseen,
    progress: &dyn Progress,
) -> Result<usize, Fault> {
    let (mut frames, mut looks, mut beyond) = (Vec::new(), Vec::new(), Vec::new());
    let mut n = 0;
    for frame in input.blocks(BLOCK, None)? {
        let frame = frame?;
        let table = scorer.table(&frame)?;
        let look = scorer
            .look(&table)
            .map_err(|error| shifted(input, error, n))?;
        beyond.push(unseen.note(scorer.belief, &table));
        unseen.note_similar(&look.measures.similar);
        n += frame.n_rows();
        progress.advance(frame.n_rows() as u64);
        frames.push(frame);
        looks.push(look);
    }
    let measures = informed(scorer, looks, None, n, options.wanted(), progress);
    let mut all = Measures::default();
    for measures in &measures {
        all.append(measures.clone());
    }
    let sample = all.sample(&sampled(scorer.belief.seed(), n));
    drop(all);
    let ranges = Ranges::of(&sample, scorer.belief.task(), options.gain, options.weights);
    progress.counted("writing", n as u64, "rows");
    for ((mut frame, measures), beyond) in frames.into_iter().zip(measures).zip(beyond) {
        frame.append(columns(scorer.belief, measures, beyond, &ranges, options))?;
        sink.write(&frame)?;
        progress.advance(frame.n_rows() as u64);
    }
    Ok(n)
}

/// For tables too large to be kept: the sample that the ranges are taken from
/// first, with the reference rows, then block after block.
fn score_in_two_passes(
    scorer: &Scorer<'_>,
    input: &Input,
    options: &ScoreOptions,
    sink: &mut dyn Sink,
    unseen: &mut Unseen,
    progress: &dyn Progress,
) -> Result<usize, Fault> {
    let names: Vec<&str> = scorer.names.iter().map(String::as_str).collect();
    let n = match input.n_rows() {
        Some(n) => n,
        None => {
            let mut n = 0;
            for frame in input.blocks(BLOCK, Some(&names[..1]))? {
                n += frame?.n_rows();
            }
            n
        }
    };
    let rows = sampled(scorer.belief.seed(), n);
    let wanted = options.wanted();
    let mut reference = scorer.reference_rows();
    let mut looks = Vec::new();
    let (mut first, mut at) = (0, 0);
    for frame in input.blocks(BLOCK, Some(&names))? {
        let frame = frame?;
        let end = first + frame.n_rows();
        let taken: Vec<usize> = rows[at..]
            .iter()
            .take_while(|&&row| row < end)
            .map(|&row| row - first)
            .collect();
        at += taken.len();
        if wanted != Wanted::Nothing {
            let x = scorer.belief.encoder().encode(&scorer.table(&frame)?);
            reference.look(&x.map_err(|error| shifted(input, error, first))?);
        }
        if !taken.is_empty() {
            let table = scorer.table(&frame.take(&taken))?;
            let look = scorer
                .look(&table)
                .map_err(|error| shifted(input, error, first))?;
            looks.push(look);
        }
        first = end;
    }
    let informant = scorer.informant(&reference);
    let mut sample = Measures::default();
    for look in looks {
        sample.append(Measures {
            information: informant.information(&look.x, &look.posterior, wanted),
            ..look.measures
        });
    }
    let ranges = Ranges::of(&sample, scorer.belief.task(), options.gain, options.weights);
    let mut first = 0;
    for frame in input.blocks(BLOCK, None)? {
        let mut frame = frame?;
        let table = scorer.table(&frame)?;
        let look = scorer
            .look(&table)
            .map_err(|error| shifted(input, error, first))?;
        let beyond = unseen.note(scorer.belief, &table);
        unseen.note_similar(&look.measures.similar);
        let measures = Measures {
            information: informant.information(&look.x, &look.posterior, wanted),
            ..look.measures
        };
        frame.append(columns(scorer.belief, measures, beyond, &ranges, options))?;
        sink.write(&frame)?;
        first += frame.n_rows();
        progress.advance(frame.n_rows() as u64);
    }
    Ok(first)
}

/// The fault of a column that would be added and is there already.
#[must_use]
pub fn taken_name(name: &str, input: &Input) -> Fault {
    let remedy = Message::from("give ")
        .setting(setting::PREFIX.given())
        .text(" to name the new columns differently");
    let there = input.names().iter().any(|known| known == name);
    Fault::data(match there {
        true => format!("there is a column '{name}' already"),
        false => format!("the model knows a column '{name}', which would be added"),
    })
    .remedy(remedy)
    .at(input.name())
}
