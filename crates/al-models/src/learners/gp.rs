//! `gp`: a Gaussian process whose members are joint draws of its posterior.

use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

use al_core::{MatrixColumn, Progress, Seed};

use crate::entry::{LearnerDoc, LearnerEntry};
use crate::gaussian::classes::{ClassProcesses, ClassRows, processes_of};
use crate::gaussian::folded::fit;
use crate::gaussian::points::{GaussianData, KernelRows};
use crate::gaussian::process::GaussianProcess;
use crate::gaussian::search::OF_VALUES;
use crate::groups::{drawn_together, numbered};
use crate::layout::{LearnerRows, RowLayout};
use crate::learner::{Bag, FitError, Labelled, Labels, Learner, LeftOut, LoadError, Model};

/// Registry entry.
pub(crate) const ENTRY: LearnerEntry = LearnerEntry {
    name: NAME,
    summary: "Gaussian process, exact up to 5000 rows",
    doc: LearnerDoc {
        method: "A Gaussian process with a Matérn 5/2 kernel that has a length scale per numeric \
            column, a factor per categorical column, a linear trend, and learned noise; for \
            molecules, a Tanimoto kernel on their counts beside it. \
            Hyperparameters maximise the marginal likelihood times priors that scale with the \
            number of columns, on at most 300 rows; numbers are taken as they are or by their \
            ranks, whichever explains more. All rows are used once: members are joint draws from \
            the posterior whose mean is its mean, and each row is also predicted without itself \
            in closed form. Classification: a process per class (one of two classes) of +1 and \
            -1, whose hyperparameters are found on at most 1000 rows; a probit link with the least \
            log loss on folds that the others predict makes probabilities.",
        cost: "O(n³) once, O(n·p) per candidate; of c > 2 classes c times that.",
        reference: "Rasmussen & Williams 2006, classes: section 6.5; priors: Hvarfner, Hellsten \
            & Nardi 2024; draws: Wilson, Borovitskiy, Terenin, Mostowsky & Deisenroth 2020.",
        use_when: "For a smooth target with up to some 1500 rows, where it often errs least.",
        not_when: "Where the target jumps, or with more rows than that: each update re-fits it.",
    },
    reads: &[],
    regression: true,
    classification: true,
    make: |_| Box::new(Gp),
};

const NAME: &str = "gp";

/// Most rows: beyond, the covariance alone would take gigabytes.
const MOST_ROWS: usize = 5000;

struct Gp;

/// What one ensemble shares.
#[derive(Debug)]
enum Processes {
    Values(Box<GaussianProcess>),
    Classes(ClassProcesses),
}

impl Processes {
    fn members(&self) -> usize {
        match self {
            Processes::Values(process) => process.members(),
            Processes::Classes(processes) => processes.members(),
        }
    }

    fn draws(&self, rows: &LearnerRows<'_>, which: Range<usize>) -> Vec<Vec<f32>> {
        match self {
            Processes::Values(process) => process.draws(kernel_rows(rows), which),
            Processes::Classes(processes) => processes.draws(kernel_rows(rows), which),
        }
    }
}

fn of_values(process: GaussianProcess) -> Processes {
    Processes::Values(Box::new(process))
}

/// A draw of them.
#[derive(Debug)]
struct GpDraw {
    processes: Arc<Processes>,
    draw: usize,
}

fn processes(models: &[Box<dyn Model>]) -> Option<&Processes> {
    let first: &dyn Any = models.first()?.as_ref();
    first
        .downcast_ref::<GpDraw>()
        .map(|draw| draw.processes.as_ref())
}

fn kernel_rows<'a>(rows: &'a LearnerRows<'_>) -> KernelRows<'a> {
    KernelRows {
        values: &rows.values,
        counts: rows.counts.map(|counts| &counts.rows),
    }
}

fn draws_of(processes: Processes) -> Vec<Box<dyn Model>> {
    let processes = Arc::new(processes);
    (0..processes.members())
        .map(|draw| {
            let processes = Arc::clone(&processes);
            Box::new(GpDraw { processes, draw }) as Box<dyn Model>
        })
        .collect()
}

impl Learner for Gp {
    fn layout(&self, _columns: &[MatrixColumn], _outputs: usize) -> RowLayout {
        RowLayout::Kernel
    }

    fn weighs_rows(&self) -> bool {
        true
    }

    fn resamples(&self) -> bool {
        false
    }

    fn fit(
        &self,
        data: &Labelled,
        bags: &[Bag],
        seed: Seed,
        progress: &dyn Progress,
    ) -> Result<Vec<Box<dyn Model>>, FitError> {
        let processes = match data.y {
            Labels::Values(_) => 1,
            Labels::Classes { classes, .. } => processes_of(classes),
        };
        // So many that a model is no larger with several processes.
        let most = (MOST_ROWS as f64 / (processes as f64).sqrt()) as usize;
        if data.n_rows() > most {
            return Err(FitError::TooManyRows {
                learner: NAME,
                most,
                found: data.n_rows(),
            });
        }
        let rows = RowLayout::Kernel.rows(&data.x);
        let weights: Vec<f64> = data
            .weights
            .iter()
            .map(|&weight| f64::from(weight))
            .collect();
        let seed = seed.derive(NAME, 0);
        let fitted = match &data.y {
            Labels::Values(values) => {
                let gaussian = GaussianData {
                    rows: kernel_rows(&rows),
                    columns: &data.x.columns,
                    values,
                    weights: &weights,
                    effort: OF_VALUES,
                    groups: &data.groups,
                };
                fit(gaussian, bags.len(), seed).map(of_values)
            }
            &Labels::Classes { ref codes, classes } => {
                let classes = ClassRows {
                    rows: kernel_rows(&rows),
                    columns: &data.x.columns,
                    codes,
                    classes,
                    weights: &weights,
                    groups: &numbered(&drawn_together(data), data.n_rows()),
                };
                ClassProcesses::fit(classes, bags.len(), seed).map(Processes::Classes)
            }
        };
        let fitted = fitted.ok_or(FitError::Library {
            learner: NAME,
            reason: "no hyperparameters explain the rows".to_owned(),
        })?;
        progress.advance(bags.len() as u64);
        Ok(draws_of(fitted))
    }

    fn draws(&self, models: &[Box<dyn Model>], rows: &LearnerRows<'_>) -> Vec<Vec<f32>> {
        let processes = processes(models).expect("a process predicts its own draws");
        processes.draws(rows, 0..processes.members())
    }

    fn left_out(&self, models: &[Box<dyn Model>]) -> Option<LeftOut> {
        Some(match processes(models)? {
            Processes::Values(process) => LeftOut::Values(process.left_out()),
            Processes::Classes(processes) => LeftOut::Classes(processes.left_out()),
        })
    }

    fn save(&self, models: &[Box<dyn Model>]) -> Vec<Vec<u8>> {
        // The first has everything.
        let mut parts: Vec<Vec<u8>> = models.iter().skip(1).map(|_| Vec::new()).collect();
        parts.insert(
            0,
            models
                .first()
                .map(|model| model.to_bytes())
                .unwrap_or_default(),
        );
        parts
    }

    fn load_all(&self, parts: &[Vec<u8>]) -> Result<Vec<Box<dyn Model>>, LoadError> {
        let process = read(parts.first().map(Vec::as_slice).unwrap_or_default())?;
        if process.members() != parts.len() {
            return Err(LoadError {
                learner: NAME,
                reason: format!(
                    "it has {} draws instead of {}",
                    process.members(),
                    parts.len()
                ),
            });
        }
        Ok(draws_of(process))
    }

    fn load(&self, bytes: &[u8]) -> Result<Box<dyn Model>, LoadError> {
        let processes = Arc::new(read(bytes)?);
        Ok(Box::new(GpDraw { processes, draw: 0 }))
    }
}

fn read(bytes: &[u8]) -> Result<Processes, LoadError> {
    let read = match ClassProcesses::are_in(bytes) {
        true => ClassProcesses::from_bytes(bytes).map(Processes::Classes),
        false => GaussianProcess::from_bytes(bytes).map(of_values),
    };
    read.map_err(|reason| LoadError {
        learner: NAME,
        reason,
    })
}

impl Model for GpDraw {
    fn predict(&self, rows: &LearnerRows<'_>) -> Vec<f32> {
        let mut draws = self.processes.draws(rows, self.draw..self.draw + 1);
        draws.pop().expect("one draw")
    }

    fn to_bytes(&self) -> Vec<u8> {
        match self.processes.as_ref() {
            Processes::Values(process) => process.to_bytes(),
            Processes::Classes(processes) => processes.to_bytes(),
        }
    }

    fn importance(&self) -> Vec<f64> {
        match self.processes.as_ref() {
            Processes::Values(process) => process.importance(),
            Processes::Classes(processes) => processes.importance(),
        }
    }
}
