//! Results of whole batches as tables.

use al_label::store::{LabelValue, QueueStatus, UserRole};
use al_label::{ImportOptions, LabelKind, ModelSettings, RefusalKind, ResultsOptions, TableSource};

use crate::common::{Lab, NOON, labs, numbers, refused};

/// A file of a test.
fn table(text: &str) -> (tempfile::TempDir, TableSource) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("results.csv");
    std::fs::write(&file, text).unwrap();
    let source = TableSource::files([file.display().to_string()]);
    (folder, source)
}

async fn potency(lab: &Lab) {
    let (_folder, source) =
        table("name,smiles\nethanol,CCO\nbenzene,c1ccccc1\naspirin,CC(=O)Oc1ccccc1C(=O)O\n");
    let options = ImportOptions {
        dataset: "compounds".to_owned(),
        name: Some("name".to_owned()),
        ..ImportOptions::default()
    };
    lab.service
        .import(&lab.admin, source, &options, NOON)
        .await
        .unwrap();
    let settings = ModelSettings {
        molecules: true,
        unit: Some("nM".to_owned()),
        ..ModelSettings::new("ic50", LabelKind::Regression)
    };
    lab.service
        .create_model(&lab.admin, "m", settings, NOON)
        .await
        .unwrap();
    lab.batch(2).await;
}

#[tokio::test]
async fn rows_are_matched_by_name_and_by_structure() {
    for lab in labs().await {
        potency(&lab).await;
        // Another spelling, a unit, a bound, replicates, and what does not fit.
        let (_folder, source) = table(
            "compound,structure_smiles,ic50,unit\n\
             ethanol,,2.5,uM\n\
             ,C1=CC=CC=C1,>10000,\n\
             aspirin,,100,nM\naspirin,,300,nM\n\
             nobody,,5,nM\n\
             ethanol,,many,nM\n\
             benzene,,,\n",
        );
        let options = ResultsOptions {
            smiles: Some("structure_smiles".to_owned()),
            preview: true,
            ..ResultsOptions::default()
        };
        let preview = lab
            .service
            .results(&lab.admin, "m", source.clone(), &options, NOON)
            .await;
        let preview = preview.unwrap();
        assert_eq!(
            (
                preview.rows,
                preview.matched,
                preview.items,
                preview.replicates
            ),
            (7, 4, 3, 1)
        );
        assert_eq!(
            (
                preview.unmatched,
                preview.invalid,
                preview.empty,
                preview.converted
            ),
            (1, 1, 1, 1)
        );
        assert_eq!(preview.unqueued, 1);
        assert_eq!(preview.action_id, None);
        let queue = lab.queue().await;
        assert!(queue.iter().all(|item| item.status == QueueStatus::Pending));
        assert_eq!(queue.len(), 2);

        let options = ResultsOptions {
            preview: false,
            ..options
        };
        let taken = lab
            .service
            .results(&lab.admin, "m", source, &options, NOON)
            .await
            .unwrap();
        let labels = |queue: &[al_label::store::QueueItem]| {
            let mut labels: Vec<(String, String)> = queue
                .iter()
                .map(|item| {
                    let label = match &item.label {
                        Some(LabelValue::Number(value)) => value.to_string(),
                        _ => String::new(),
                    };
                    let sign = item.qualifier.map_or("", al_label::store::Qualifier::word);
                    (item.item_name.clone().unwrap(), format!("{sign}{label}"))
                })
                .collect();
            labels.sort();
            labels
        };
        let text = |name: &str, label: &str| (name.to_owned(), label.to_owned());
        assert_eq!(
            labels(&lab.queue().await),
            [
                text("aspirin", "=200"),
                text("benzene", ">10000"),
                text("ethanol", "=2500")
            ]
        );
        let undone = lab
            .service
            .undo(&lab.admin, taken.action_id.as_deref(), NOON)
            .await
            .unwrap();
        assert_eq!(undone.items, 3);
        let queue = lab.queue().await;
        assert!(queue.iter().all(|item| item.status == QueueStatus::Pending));
        lab.is_sound().await;
    }
}

#[tokio::test]
async fn what_is_closed_stays_as_it_is() {
    for lab in labs().await {
        lab.with_rows(6, numbers()).await;
        lab.batch(3).await;
        let anna = lab.user("anna", UserRole::Annotator).await;
        let queue = lab.queue().await;
        lab.label(&anna, &queue[0].id, LabelValue::Number(1.0))
            .await;
        lab.service
            .claim(&anna, &queue[1].id, None, NOON)
            .await
            .unwrap();
        let rows: Vec<String> = queue
            .iter()
            .map(|item| format!("{},7.5", item.item_id))
            .collect();
        let (_folder, source) = table(&format!("item_id,y\n{}\n", rows.join("\n")));
        let options = ResultsOptions::default();
        let taken = lab
            .service
            .results(&lab.admin, "m", source, &options, NOON)
            .await
            .unwrap();
        assert_eq!((taken.items, taken.not_open), (1, 2));
        let item = lab
            .service
            .queue_item(&anna, &queue[0].id, NOON)
            .await
            .unwrap();
        assert_eq!(item.label, Some(LabelValue::Number(1.0)));
        // Of a table that changes nothing it is said.
        let (_folder, source) = table("item_id,y\nnobody,1\n");
        let nothing = lab
            .service
            .results(&lab.admin, "m", source, &options, NOON)
            .await;
        assert_eq!(refused(nothing), (RefusalKind::Invalid, Some("file")));
        let (_folder, source) = table("item_id,other\nnobody,1\n");
        let nothing = lab
            .service
            .results(&lab.admin, "m", source, &options, NOON)
            .await;
        assert_eq!(
            refused(nothing),
            (RefusalKind::Invalid, Some("label_column"))
        );
        let (_folder, source) = table("thing,y\nnobody,1\n");
        let nothing = lab
            .service
            .results(&lab.admin, "m", source, &options, NOON)
            .await;
        assert_eq!(refused(nothing), (RefusalKind::Invalid, Some("id_column")));
    }
}

#[tokio::test]
async fn labels_are_written_as_a_table() {
    for lab in labs().await {
        lab.with_rows(30, numbers()).await;
        let cycle = lab.batch(12).await;
        lab.label_all().await;
        lab.retrained(&cycle).await;
        let csv = al_label::TableFormat::Csv;
        let bytes = lab
            .service
            .labels_as(&lab.admin, "m", csv, NOON)
            .await
            .unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.lines().count(), 13);
        let head = text.lines().next().unwrap();
        assert!(
            head.starts_with("item_id,name,smiles,y,qualifier,unit,"),
            "{head}"
        );
        assert!(head.contains(",x") && head.contains(",z"), "{head}");
        let next = lab.batch(5).await;
        let order = lab
            .service
            .order(&lab.admin, &next, Some(csv), NOON)
            .await
            .unwrap();
        assert_eq!(String::from_utf8(order).unwrap().lines().count(), 6);
    }
}
