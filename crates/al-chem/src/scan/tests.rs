use super::*;

fn problem(smiles: &str) -> String {
    scan(smiles).unwrap_err().to_string()
}

#[test]
fn atoms_have_their_positions() {
    let smiles = "C[13CH3+:2](Cl)c1ccccc1.*";
    let scanned = scan(smiles).unwrap();
    assert!(scanned.mapped && !scanned.unusual);
    let token = |atom: &AtomToken| (atom.text(smiles), atom.at);
    let tokens: Vec<(String, usize)> = scanned.atoms.iter().map(token).collect();
    let texts: Vec<(&str, usize)> = tokens.iter().map(|(t, at)| (t.as_str(), *at)).collect();
    assert_eq!(
        texts[..4],
        [("C", 0), ("[13CH3+:2]", 1), ("Cl", 12), ("c", 15)]
    );
    assert_eq!(texts.len(), 10);
}

#[test]
fn what_is_written_well_is_taken() {
    for smiles in [
        "OC(=O)[C@@H]1CCCN1",
        "F/C=C/F",
        "C%12CC%12",
        "C%(100)CC%(100)",
        "C0CC0",
        "C=1CC=1",
        "C=1CC1",
        "[Na+].[Cl-]",
        "[O--].[Cu++]",
        "[NH4+]",
        "[nH]1cccc1",
        "[se]1cccc1",
        "[C@TH1H](F)(Cl)Br",
        "[Pt@SP1](F)(Cl)(Br)I",
        "N->[Fe]<-N",
        "C[Re]$[Re]C",
        "[*:1]C",
        "C1.C1",
        "C/1=C/CCCCCC1",
        "[OH-]",
        "[Co@OH1H](F)(Cl)(Br)(I)N",
    ] {
        scan(smiles).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn errors_name_the_token_and_its_place() {
    let cases = [
        (
            "CC(C",
            "character 3: '(' opens a branch that is never closed",
        ),
        (
            "CC)C",
            "character 3: ')' closes a branch that was never opened",
        ),
        ("C1CC", "character 2: the ring closure '1' has no partner"),
        (
            "C1CC%12C1",
            "character 5: the ring closure '%12' has no partner",
        ),
        (
            "CC[NH",
            "character 3: '[' opens an atom that is never closed",
        ),
        ("CC[Xx]", "character 3: 'Xx' is no element"),
        ("C[]C", "character 2: '[]' is no atom"),
        ("C[NH+-]", "character 2: '[NH+-]' is no atom"),
        ("CCZ", "character 3: 'Z' is no element"),
        (
            "NaCl",
            "character 1: the element 'Na' must stand in brackets",
        ),
        (
            "C[Na]Zr",
            "character 6: the element 'Zr' must stand in brackets",
        ),
        ("CΩ", "character 2: 'Ω' is no sign of SMILES"),
        ("C==C", "character 3: '=' cannot stand here"),
        ("CC=", "character 3: the bond '=' has no atom after it"),
        ("C(=)C", "character 3: the bond '=' has no atom after it"),
        ("C()C", "character 3: ')' cannot stand here"),
        ("C..C", "character 3: '.' cannot stand here"),
        ("C.", "character 2: '.' cannot stand here"),
        ("C(C.C)C", "character 4: '.' cannot stand here"),
        (".C", "character 1: '.' cannot stand here"),
        ("1CC1", "character 1: '1' cannot stand here"),
        ("C%1C", "character 2: '%' cannot stand here"),
        ("C>>C", "character 2: '>' is no sign of SMILES"),
        ("CCO ethanol", "character 4: a blank within the SMILES"),
        (
            "C$C",
            "character 3: the bond '$' is for metals in brackets only",
        ),
        (
            "C~C",
            "character 2: '~' is for searching, and no part of a molecule",
        ),
        (
            "[#6]",
            "character 1: '[#6]' is for searching, and no part of a molecule",
        ),
    ];
    for (smiles, expected) in cases {
        assert_eq!(problem(smiles), format!("SMILES '{smiles}', {expected}"));
    }
    assert_eq!(
        problem("C1C1"),
        "SMILES 'C1C1', character 4: the ring closure '1' joins atoms that are one, or \
         bonded already"
    );
    assert_eq!(
        problem("C=1CC#1"),
        "SMILES 'C=1CC#1', character 7: both ends of the ring closure '1' name a bond, and \
         not the same"
    );
    assert_eq!(problem(""), "no SMILES");
}

#[test]
fn unusual_bonds_are_noted() {
    let unusual = |smiles: &str| scan(smiles).unwrap().unusual;
    assert!(!unusual("O=c1cccc[nH]1") && !unusual("C1=CC=CC=C1"));
    assert!(unusual("c1ccccc#1") && unusual("OC1=CC[nH]=CC1"));
    assert!(unusual("c1cc=ccc1") && unusual("Cn(=O)C"));
}

#[test]
fn sizes_are_limited() {
    assert!(scan(&"C".repeat(MOST_ATOMS)).is_ok());
    assert!(problem(&"C".repeat(MOST_ATOMS + 1)).contains("1001 atoms are too many"));
    let long = format!("C{}", "(".repeat(MOST_CHARACTERS));
    assert!(problem(&long).contains("10001 characters are too long"));
}
