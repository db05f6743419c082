//! Where the rows of a result go.

use al_core::Fault;
use al_tables::{Frame, Writer};

/// Takes the rows of a result, block after block: a [`Writer`] puts them in a
/// file, a vector keeps them.
///
/// ```
/// use al_pipeline::{Frame, GridOptions, Space, grid};
///
/// let space = Space::parse("[values]\nbatch = [1, 2, 4]")?;
/// let mut blocks: Vec<Frame> = Vec::new();
/// let options = GridOptions { filter: Some("batch > 1".to_owned()), ..GridOptions::default() };
/// grid(&space, None, &options, || Ok(&mut blocks), &al_core::Silent)?;
/// assert_eq!(Frame::concat(blocks)?.n_rows(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
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
