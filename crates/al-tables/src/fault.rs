//! Faults of what a table holds, with its file and line.

use al_core::{DataError, Fault, did_you_mean};

use crate::input::Input;

impl Input {
    /// The files' names for messages that concern no single row: `a.csv, b.csv`,
    /// or the first and how many more there are.
    #[must_use]
    pub fn name(&self) -> String {
        let names: Vec<&str> = self.files().iter().map(|file| file.path.as_str()).collect();
        match names.as_slice() {
            [first, _, _, ..] => format!("{first} and {} more files", names.len() - 1),
            names => names.join(", "),
        }
    }

    /// The fault of an error in what this input holds, whose row counts from the
    /// first row read. A column that is missing because it cannot be read is told
    /// as that.
    #[must_use]
    pub fn fault(&self, error: &DataError) -> Fault {
        let place = error
            .row()
            .map_or_else(|| self.name(), |row| self.place(row));
        let fault = Fault::from(error).at(place);
        let DataError::MissingColumn { column } = error else {
            return fault;
        };
        let mut left_out = self.left_out().iter();
        match left_out.find(|left| left.name == *column) {
            Some(unreadable) => unreadable.error().into(),
            None => fault.maybe_remedy(did_you_mean(column, self.names(), "the columns are")),
        }
    }
}

#[cfg(test)]
mod tests {
    use al_core::{Column, ColumnData, Numbers, Table};

    use super::*;
    use crate::{Frame, ReadOptions};

    #[test]
    fn faults_name_the_place_and_the_nearest_column() {
        let column = Column {
            name: "latency_ms".to_owned(),
            data: ColumnData::Number(Numbers::from(vec![1.0, f64::INFINITY])),
        };
        let frame = Frame::from_table(&Table::new(vec![column]));
        let input = Input::of_frame("tonight", &frame, &ReadOptions::default()).unwrap();
        let missing = |column: &str| {
            let column = column.to_owned();
            input
                .fault(&DataError::MissingColumn { column })
                .to_string()
        };
        assert_eq!(
            missing("latencyms"),
            "tonight: column 'latencyms' is missing; did you mean 'latency_ms'?"
        );
        assert_eq!(
            missing("model"),
            "tonight: column 'model' is missing; the columns are 'latency_ms'"
        );
        let infinite = DataError::Infinite {
            row: 1,
            column: "latency_ms".to_owned(),
        };
        assert!(
            input
                .fault(&infinite)
                .to_string()
                .starts_with("tonight, row 2: column 'latency_ms' holds an infinite value; ")
        );
    }
}
