//! Against numbers computed by RDKit: see `fixtures/molecules/README.md`.

use al_chem::{
    DESCRIPTORS, EnvironmentCounts, FingerprintSize, Molecule, MorganOptions, SdfEntry, read_sdf,
    write_sdf,
};
use al_core::tanimoto::{tanimoto, tanimoto_of_counts};
use serde_json::{Value, json};

fn golden() -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/molecules");
    let text = std::fs::read_to_string(format!("{folder}/molecules.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn molecules(golden: &Value) -> Vec<(&str, &Value, Molecule)> {
    let all = golden["molecules"].as_array().unwrap().iter();
    let read = all.map(|one| {
        let smiles = one["smiles"].as_str().unwrap();
        let molecule = Molecule::read(smiles).unwrap_or_else(|error| panic!("{error}"));
        (smiles, one, molecule)
    });
    read.collect()
}

#[test]
fn fingerprints_are_those_of_rdkit() {
    for (smiles, one, molecule) in molecules(&golden()) {
        for radius in [2, 3] {
            for (chirality, name) in [(false, ""), (true, "_chiral")] {
                let options = MorganOptions::new(radius, chirality).unwrap();
                let counts = molecule.environments(options).unwrap();
                let expected = &one[format!("radius_{radius}{name}")];
                assert_eq!(&json!(counts.as_slice()), expected, "{smiles}");
            }
        }
        let counts = molecule.environments(MorganOptions::ECFP4).unwrap();
        for (size, name) in [
            (FingerprintSize::Bits1024, "bits_1024"),
            (FingerprintSize::Bits2048, "bits_2048"),
        ] {
            let bits: Vec<usize> = counts.bits(size).ones().collect();
            assert_eq!(json!(bits), one[name], "{smiles}");
        }
        let folded = counts.folded(FingerprintSize::Bits1024);
        assert_eq!(json!(folded.as_slice()), one["folded_1024"], "{smiles}");
    }
}

#[test]
fn every_spelling_has_rdkits_canonical_form_and_one_key() {
    let mut keys = Vec::new();
    for (smiles, one, molecule) in molecules(&golden()) {
        let canonical = molecule.canonical().unwrap();
        assert_eq!(canonical, one["canonical"].as_str().unwrap(), "{smiles}");
        for spelling in one["spellings"].as_array().unwrap() {
            let again = Molecule::read(spelling.as_str().unwrap()).unwrap();
            assert_eq!(again.key(), molecule.key(), "{smiles} as {spelling}");
        }
        keys.push((molecule.key().unwrap(), canonical.to_owned()));
    }
    keys.sort();
    keys.dedup();
    let n = keys.len();
    keys.dedup_by_key(|(key, _)| *key);
    assert_eq!(keys.len(), n, "one key for two canonical forms");
}

#[test]
fn scaffolds_and_parents_are_those_of_rdkit() {
    for (smiles, one, molecule) in molecules(&golden()) {
        assert_eq!(
            molecule.scaffold().unwrap(),
            one["scaffold"].as_str().unwrap(),
            "{smiles}"
        );
        if let Some(parent) = one["parent"].as_str() {
            let found = molecule.standardised().unwrap();
            assert_eq!(found.canonical().unwrap(), parent, "{smiles}");
        }
    }
}

#[test]
fn descriptors_are_within_their_tolerances() {
    for (smiles, one, molecule) in molecules(&golden()) {
        let found = molecule.descriptors().unwrap();
        let expected = one["descriptors"].as_array().unwrap();
        for ((found, expected), entry) in found.iter().zip(expected).zip(DESCRIPTORS) {
            let expected = expected.as_f64().unwrap();
            let difference = (found - expected).abs();
            let name = entry.name;
            assert!(
                difference <= entry.tolerance,
                "{smiles}: {name} {found}, not {expected}"
            );
        }
    }
}

#[test]
fn similarities_are_those_of_rdkit() {
    let golden = golden();
    let counts: Vec<EnvironmentCounts> = molecules(&golden)
        .into_iter()
        .map(|(_, _, molecule)| molecule.environments(MorganOptions::ECFP4).unwrap())
        .collect();
    let size = FingerprintSize::Bits2048;
    for (pair, expected) in counts
        .windows(2)
        .zip(golden["similarities"].as_array().unwrap())
    {
        let bits = tanimoto(&pair[0].bits(size), &pair[1].bits(size));
        assert_eq!(
            json!([
                bits,
                tanimoto_of_counts(pair[0].as_slice(), pair[1].as_slice())
            ]),
            *expected
        );
    }
}

#[test]
fn what_rdkit_refuses_is_refused() {
    for smiles in golden()["refused"].as_array().unwrap() {
        let smiles = smiles.as_str().unwrap();
        assert!(Molecule::read(smiles).is_err(), "{smiles}");
    }
}

#[test]
fn structure_data_files_are_read_as_rdkit_reads_them() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/molecules");
    let text = std::fs::read_to_string(format!("{folder}/structures.sdf")).unwrap();
    let records = read_sdf(&text);
    assert_eq!(records.len(), 137);
    for record in &records {
        let smiles = record.structure.as_deref().unwrap();
        let found = Molecule::read(smiles).unwrap();
        let (_, expected) = &record.fields[0];
        assert_eq!(found.canonical().unwrap(), expected, "line {}", record.line);
    }
}

#[test]
fn written_structures_come_back() {
    for (smiles, one, _) in molecules(&golden()) {
        let entry = SdfEntry {
            title: "a title".to_owned(),
            smiles: smiles.to_owned(),
            fields: vec![("IC50".to_owned(), "<10\n nM".to_owned())],
        };
        let text = write_sdf([entry].into_iter()).unwrap_or_else(|error| panic!("{error}"));
        let records = read_sdf(&text);
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].title, "a title");
        assert_eq!(
            records[0].fields,
            [("IC50".to_owned(), "<10  nM".to_owned())]
        );
        let read = Molecule::read(records[0].structure.as_deref().unwrap()).unwrap();
        let expected = one["canonical"].as_str().unwrap();
        assert_eq!(read.canonical().unwrap(), expected);
    }
}
