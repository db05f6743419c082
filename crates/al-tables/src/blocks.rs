//! A table in blocks of rows, read ahead of who uses them.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use polars_core::prelude::DataFrame;

use crate::error::TableError;
use crate::frame::Frame;
use crate::guard::{corrupt, guarded};
use crate::schema::{Fields, empty};
use crate::unified::UnifiedTable;

/// Blocks that may wait for the consumer.
const AHEAD: usize = 1;

/// The blocks of a table, in order. Made by [`Input::blocks`](crate::Input::blocks).
///
/// Reading happens on a thread of its own; dropping the iterator ends it.
#[derive(Debug)]
pub struct FrameBlocks {
    receiver: Option<Receiver<Step>>,
}

#[derive(Debug)]
enum Step {
    Block(Frame),
    Failed(TableError),
    /// The end; a thread that ends without having said so has failed.
    Done,
}

impl FrameBlocks {
    pub(crate) fn start(table: Arc<UnifiedTable>, fields: Fields, rows: usize) -> FrameBlocks {
        let (sender, receiver) = sync_channel(AHEAD);
        // The thread ends when the receiver is dropped, at its next block.
        std::thread::spawn(move || {
            let last = match produce(&table, &fields, rows, &sender) {
                Ok(()) => Step::Done,
                Err(error) => Step::Failed(error),
            };
            // Nobody is listening any more: nobody to tell.
            let _ = sender.send(last);
        });
        FrameBlocks {
            receiver: Some(receiver),
        }
    }
}

impl Iterator for FrameBlocks {
    type Item = Result<Frame, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.receiver.as_ref()?.recv();
        if let Ok(Step::Block(frame)) = step {
            return Some(Ok(frame));
        }
        self.receiver = None;
        match step {
            Ok(Step::Failed(error)) => Some(Err(error)),
            Ok(_) => None,
            Err(_) => Some(Err(TableError::Corrupt {
                path: "table".to_owned(),
                message: "reading it ended early".to_owned(),
            })),
        }
    }
}

fn produce(
    table: &UnifiedTable,
    fields: &Fields,
    rows: usize,
    sender: &SyncSender<Step>,
) -> Result<(), TableError> {
    let mut pending = empty(fields);
    let mut any = false;
    let mut open = true;
    table.for_each(fields, rows, &mut |frame| {
        let stacked = guarded("table", || {
            pending
                .vstack_mut_owned(frame)
                .map_err(|error| corrupt("table", &error))?;
            Ok(())
        });
        stacked?;
        while open && pending.height() >= rows {
            let block = cut(&pending, 0, rows)?;
            pending = pending.slice(rows as i64, usize::MAX);
            any = true;
            open = sender.send(Step::Block(Frame { data: block })).is_ok();
        }
        Ok(if open {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        })
    })?;
    if open && (pending.height() > 0 || !any) {
        let block = cut(&pending, 0, pending.height())?;
        // Dropped by the consumer: then nobody misses it.
        let _ = sender.send(Step::Block(Frame { data: block }));
    }
    Ok(())
}

/// Rows in memory of their own, so that a block does not keep what it was cut
/// from.
fn cut(frame: &DataFrame, offset: usize, rows: usize) -> Result<DataFrame, TableError> {
    guarded("table", || {
        let mut block = frame.slice(offset as i64, rows);
        block.rechunk_mut();
        Ok(block)
    })
}
