//! Where the rows of a result go.

use al_core::Fault;

use crate::frame::Frame;
use crate::output::Writer;

/// Takes the rows of a result, block after block: a [`Writer`] puts them in a
/// file, a vector keeps them.
///
/// ```
/// use al_core::{Column, ColumnData, Numbers, Table};
/// use al_tables::{Frame, Sink};
///
/// let mut blocks: Vec<Frame> = Vec::new();
/// let mut sink = &mut blocks;
/// let numbers = ColumnData::Number(Numbers::from(vec![1.0, 2.0]));
/// let table = Table::new(vec![Column { name: "batch".to_owned(), data: numbers }]);
/// sink.write(&Frame::from_table(&table))?;
/// assert_eq!(blocks[0].n_rows(), 2);
/// # Ok::<(), al_core::Fault>(())
/// ```
pub trait Sink {
    /// Takes rows. There is at least one block, which may have no rows; all
    /// have the same columns.
    ///
    /// # Errors
    ///
    /// What keeps the rows from being taken.
    fn write(&mut self, block: &Frame) -> Result<(), Fault>;

    /// Told that all rows were given.
    ///
    /// # Errors
    ///
    /// What keeps the result from being completed.
    fn finish(self) -> Result<(), Fault>
    where
        Self: Sized,
    {
        Ok(())
    }
}

impl Sink for Writer {
    fn write(&mut self, block: &Frame) -> Result<(), Fault> {
        Ok(Writer::write(self, block)?)
    }

    fn finish(self) -> Result<(), Fault> {
        Ok(Writer::finish(self)?)
    }
}

impl Sink for &mut Vec<Frame> {
    fn write(&mut self, block: &Frame) -> Result<(), Fault> {
        self.push(block.clone());
        Ok(())
    }
}
