//! Tests of whole reports.

use super::{
    Calibration, Metrics, Prediction, Report, Round, RoundKind, Task, class_csv, confusion_csv,
    headline, rows, samples, to_csv, to_html, to_json,
};

fn ordinary() -> Vec<Report> {
    vec![
        samples::regression(),
        samples::plain_regression(),
        samples::one_round(),
        samples::classification(),
        samples::nasty(),
        samples::many_rounds(),
    ]
}

/// Every sample, the degenerate ones as both tasks and on both scales.
fn all() -> Vec<Report> {
    let mut reports = ordinary();
    for report in samples::degenerate() {
        for (task, log_target) in [
            (Task::Regression, false),
            (Task::Regression, true),
            (Task::Classification, false),
        ] {
            let mut report = report.clone();
            report.head.task = task;
            report.head.log_target = log_target;
            reports.push(report);
        }
    }
    reports.extend(with_parts_missing());
    reports
}

fn with_parts_missing() -> Vec<Report> {
    let full = samples::regression();
    let mut reports = vec![Report::default()];
    let mut without = |change: fn(&mut Report)| {
        let mut report = full.clone();
        change(&mut report);
        reports.push(report);
    };
    without(|r| r.rounds.clear());
    without(|r| r.predicted_measured.clear());
    without(|r| r.predicted_measured.truncate(1));
    without(|r| r.calibration = Calibration::default());
    without(|r| r.calibration.points.truncate(1));
    without(|r| r.calibration.rows = 0);
    without(|r| r.uncertain_regions.clear());
    without(|r| r.head.features.clear());
    without(|r| r.head.coverage_level = None);
    without(|r| r.rounds.iter_mut().for_each(|round| round.after = None));
    without(|r| r.rounds.iter_mut().for_each(|round| round.before = None));
    without(|r| r.rounds.iter_mut().for_each(|round| round.total_rows = 7));
    without(|r| {
        for round in &mut r.rounds {
            (round.before, round.after) = (None, None);
            round.cost = None;
        }
    });
    without(|r| {
        for row in &mut r.predicted_measured {
            (row.low, row.high) = (None, None);
        }
    });
    without(|r| {
        r.predicted_measured
            .iter_mut()
            .for_each(|row| row.measured *= -1.0)
    });
    reports
}

#[test]
fn every_report_can_be_written_in_every_way() {
    for report in all() {
        let page = to_html(&report).unwrap();
        assert!(page.ends_with("</html>") || page.ends_with("</html>\n"));
        assert!(page.len() < 1_500_000, "{} bytes", page.len());
        let words = ["NaN", "inf\"", "inf,", "-inf"];
        assert!(!words.iter().any(|word| page.contains(word)));
        let lines = to_csv(&report);
        let width = lines.lines().next().unwrap().split(',').count();
        assert!(width > 9);
        to_json(&report).unwrap();
        for sheet in rows(&report) {
            assert_eq!(sheet.headers.len(), sheet.right_aligned.len());
            assert!(
                sheet
                    .rows
                    .iter()
                    .all(|row| row.len() == sheet.headers.len())
            );
            assert!(sheet.rows.len() < 100);
        }
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    for report in ordinary() {
        assert_eq!(to_html(&report).unwrap(), to_html(&report).unwrap());
        assert_eq!(to_json(&report).unwrap(), to_json(&report).unwrap());
        assert_eq!(to_csv(&report), to_csv(&report));
    }
}

#[test]
fn a_page_fetches_nothing_and_runs_nothing() {
    for report in all() {
        let page = to_html(&report).unwrap().to_lowercase();
        for word in [
            "http:", "https:", "<script", "@import", "url(", "<iframe", "<object", "<embed",
            "<img", "srcset", "onload=", "onerror=", "xlink",
        ] {
            assert!(!page.contains(word), "{word}");
        }
        let links = page.matches("<link").count();
        assert_eq!((links, page.matches("href=\"data:,\"").count()), (1, 1));
    }
}

#[test]
fn names_cannot_become_markup() {
    let page = to_html(&samples::nasty()).unwrap();
    assert!(page.contains("&lt;script&gt;alert("));
    assert!(!page.contains("<script"));
    assert!(!page.contains("</svg>&lt;script") && !page.contains("</svg><"));
    assert!(page.contains("{{ 7 * 7 }}"), "names are not templates");
    assert!(!page.contains('\u{202e}'));
    for tag in [
        "svg", "figure", "section", "table", "tr", "ul", "dl", "div", "text", "p",
    ] {
        let opened = page.matches(&format!("<{tag}>")).count()
            + page.matches(&format!("<{tag} ")).count()
            + page.matches(&format!("<{tag}\n")).count();
        assert_eq!(
            opened,
            page.matches(&format!("</{tag}>")).count(),
            "<{tag}>"
        );
    }
}

#[test]
fn plots_and_tables_can_be_read_out() {
    let page = to_html(&samples::regression()).unwrap();
    let drawings = page.matches("<svg").count();
    assert_eq!(
        drawings, 5,
        "a curve for wide and one for narrow pages, three plots"
    );
    assert_eq!(page.matches("<svg viewBox=").count(), drawings);
    assert_eq!(page.matches("role=\"img\" aria-label=\"").count(), drawings);
    assert_eq!(
        page.matches("<table").count(),
        page.matches("<caption").count()
    );
    assert!(page.contains("<html lang=\"en\">"));
}

#[test]
fn many_points_are_thinned_out() {
    let page = to_html(&samples::many_rounds()).unwrap();
    assert!(page.matches("<circle").count() <= 2100);
    assert!(page.contains("9950 rounds omitted"));
    assert!(page.contains("each bar sums 167 rounds"));
    assert_eq!(to_csv(&samples::many_rounds()).lines().count(), 10_001);
}

#[test]
fn the_headline_says_what_was_gained() {
    assert_eq!(
        headline(&samples::regression()),
        "After 4 updates and 1 refit with 40 new measurements, the error (log-scale RMSE) on \
         the same 180 held-out rows fell from 0.312 to 0.184 (−41.0\u{202f}%)."
    );
    assert_eq!(
        headline(&samples::classification()),
        "After 3 updates with 30 new measurements, the accuracy on the same 400 held-out rows \
         went from 91.2\u{202f}% to 94.1\u{202f}%, which may be chance."
    );
    assert_eq!(
        headline(&samples::one_round()),
        "On 180 held-out rows, the error (log-scale RMSE) of the model of throughput_tok_s, \
         trained on 240 rows, is 0.312."
    );
    let mut worse = samples::regression();
    worse.rounds.reverse();
    for round in &mut worse.rounds {
        round.kind = RoundKind::Update;
        round.before = None;
    }
    assert!(headline(&worse).contains("rose from 0.184 to 0.312 (+69.6\u{202f}%)"));
    let mut same = samples::regression();
    for round in &mut same.rounds {
        (round.before, round.after) = (same_metrics(), same_metrics());
    }
    assert!(
        headline(&same).contains("stayed at 0.250"),
        "{}",
        headline(&same)
    );
    assert!(headline(&Report::default()).contains("No training"));
}

fn same_metrics() -> Option<Metrics> {
    Some(Metrics {
        rmse_log: Some(0.25),
        ..Metrics::default()
    })
}

/// A change of a few percent on a hundred rows is not told as a fact.
#[test]
fn a_change_that_may_be_chance_is_told_so() {
    let mut report = samples::regression();
    let last = report.rounds.last_mut().unwrap();
    last.after.as_mut().unwrap().rmse_log = Some(0.3);
    assert!(
        headline(&report)
            .ends_with("went from 0.312 to 0.300 (−3.8\u{202f}%), which may be chance."),
        "{}",
        headline(&report)
    );
    let figures = &rows(&report)[0];
    assert!(
        figures.rows[0][2].ends_with("from 0.312 at the start, which may be chance"),
        "{:?}",
        figures.rows[0]
    );
}

#[test]
fn a_history_says_if_its_rounds_are_judged_on_other_rows_and_has_no_negative_zero() {
    let mut report = samples::regression();
    assert_eq!(rows(&report)[1].remark, "");
    let round = &mut report.rounds[2];
    round.before.as_mut().unwrap().rmse_log = Some(0.5);
    round.growth = Some(-0.0004);
    let history = &rows(&report)[1];
    assert!(
        history
            .remark
            .starts_with("Each round is judged on other rows"),
        "{}",
        history.remark
    );
    let growth = history
        .headers
        .iter()
        .position(|head| head == "By trees alone");
    assert_eq!(history.kept, [growth.unwrap()]);
    assert_eq!(history.rows[2][growth.unwrap()], "0.0\u{202f}%");
}

#[test]
fn a_page_names_the_groups() {
    let mut report = samples::regression();
    assert!(!to_html(&report).unwrap().contains("<dt>Groups</dt>"));
    report.head.group = Some("run".to_owned());
    assert!(
        to_html(&report)
            .unwrap()
            .contains("<dt>Groups</dt><dd>run</dd>")
    );
    assert!(to_json(&report).unwrap().contains("\"group\": \"run\""));
}

#[test]
fn rounds_on_other_evaluation_rows_are_not_compared() {
    let mut report = samples::plain_regression();
    let metrics = |rmse| {
        Some(Metrics {
            rmse: Some(rmse),
            ..Metrics::default()
        })
    };
    report.rounds.truncate(2);
    report.rounds[0].after = metrics(5.0);
    report.rounds[1].before = metrics(4.0);
    report.rounds[1].after = metrics(3.0);
    assert!(headline(&report).starts_with("In the last round, the error (RMSE)"));
    assert!(headline(&report).contains("from 4 to 3 (−25.0\u{202f}%)"));
    assert!(
        to_html(&report)
            .unwrap()
            .contains("The evaluation rows changed")
    );
}

#[test]
fn csv_has_a_line_per_round_with_improvements() {
    let metrics = |rmse, r2| {
        Some(Metrics {
            rmse: Some(rmse),
            r2: Some(r2),
            ..Metrics::default()
        })
    };
    let report = Report {
        rounds: vec![
            Round {
                rows_added: 8,
                total_rows: 8,
                after: metrics(0.5, 0.5),
                ..Round::default()
            },
            Round {
                index: 1,
                at: Some("May 1, \"noon\"".to_owned()),
                kind: RoundKind::Update,
                rows_added: 2,
                total_rows: 10,
                before: metrics(0.5, 0.5),
                after: metrics(0.25, 0.75),
                prequential: metrics(0.75, 0.25),
                cost: Some(12.5),
                cost_unit: Some("s".to_owned()),
                growth: Some(0.125),
                drift: Some(0.25),
                moved: Some(0.25),
                ..Round::default()
            },
        ],
        ..Report::default()
    };
    assert_eq!(
        to_csv(&report),
        "round,kind,at,rows_added,rows_skipped,total_rows,evaluation_rows,\
         rmse_before,rmse_after,rmse_improvement_percent,rmse_prequential,\
         r2_before,r2_after,r2_improvement_percent,r2_prequential,\
         mae_before,mae_after,mae_improvement_percent,mae_prequential,\
         spearman_before,spearman_after,spearman_prequential,\
         coverage_before,coverage_after,coverage_prequential,\
         width_before,width_after,width_prequential,cost,cost_unit,moved_percent,growth_percent,refit_improvement_percent\n\
         0,train,,8,0,8,,,0.5,,,,0.5,,,,,,,,,,,,,,,,,,,,\n\
         1,update,\"May 1, \"\"noon\"\"\",2,0,10,,0.5,0.25,50,0.75,0.5,0.75,50,0.25,,,,,,,,,,,,,,12.5,s,25,12.5,25\n"
    );
}

#[test]
fn json_reads_back_as_the_report() {
    for report in ordinary() {
        let text = to_json(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }
    let text = to_json(&samples::regression()).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(
        value["summary"]
            .as_str()
            .unwrap()
            .starts_with("After 4 updates")
    );
    let gain = &value["rounds"][1]["improvement"]["rmse_log_improvement_percent"];
    assert!((gain.as_f64().unwrap() - 15.384_615).abs() < 1e-3);
    assert!(value["rounds"][0]["improvement"].is_null());

    let mut report = samples::regression();
    report.predicted_measured = vec![Prediction {
        measured: f64::NAN,
        predicted: f64::INFINITY,
        low: Some(f64::NEG_INFINITY),
        high: None,
    }];
    let back: Report = serde_json::from_str(&to_json(&report).unwrap()).unwrap();
    assert!(back.predicted_measured[0].measured.is_nan());
    assert_eq!(back.predicted_measured[0].low, None);
}

#[test]
fn terminal_tables_hold_figures_and_history() {
    let sheets = rows(&samples::regression());
    assert_eq!(sheets[0].title, "Key figures");
    assert_eq!(sheets[0].rows[0][..2], ["Log-scale RMSE", "0.184"]);
    assert_eq!(
        sheets[0].rows[0][2],
        "a factor of 1.20; ▼ 41.0\u{202f}% from 0.312 at the start"
    );
    assert_eq!(sheets[1].rows.len(), 6);
    assert_eq!(sheets[1].rows[4][0], "refit 4");
    assert!(sheets[1].headers.contains(&"Rows skipped".to_owned()));
    assert!(sheets[1].rows[1].contains(&"0.3120 → 0.2640".to_owned()));
}

#[test]
fn classes_are_in_every_format() {
    let report = samples::classification();
    let figures = class_csv(&report).unwrap();
    let head = figures.lines().next().unwrap();
    assert_eq!(head, "class,rows,predicted_rows,precision,recall,f1");
    assert!(
        figures.contains("\nI,99,102,0.9215686274509803,0.949494949494949"),
        "{figures}"
    );
    let pairs = confusion_csv(&report).unwrap();
    assert!(pairs.starts_with("measured_class,predicted_class,rows\nI,I,94\nI,J,5\nJ,J,91\n"));
    let json: serde_json::Value = serde_json::from_str(&to_json(&report).unwrap()).unwrap();
    assert_eq!(json["classes"][0]["class"], "I");
    assert_eq!(json["classes"][0]["predicted_rows"], 102);
    assert_eq!(json["confusion"]["rows"][0][1], 5);
    let page = to_html(&report).unwrap();
    assert!(page.contains("title=\"I predicted as J: 5 rows (5.1\u{202f}%)\">5</td>"));
    assert_eq!(rows(&report).len(), 4);

    let numbers = samples::regression();
    assert!(class_csv(&numbers).is_none() && confusion_csv(&numbers).is_none());
    let json: serde_json::Value = serde_json::from_str(&to_json(&numbers).unwrap()).unwrap();
    assert!(json.get("classes").is_none() && json.get("confusion").is_none());
}

#[test]
fn figures_in_the_unit_of_the_target_carry_it_and_logarithms_are_factors() {
    let mut report = samples::plain_regression();
    report.head.unit = Some("MPa".to_owned());
    report.head.target = "strength".to_owned();
    let sheets = rows(&report);
    let figure = |name: &str| {
        let mut lines = sheets[0].rows.iter();
        lines.find(|line| line[0] == name).unwrap().clone()
    };
    assert_eq!(figure("RMSE")[1], "263\u{a0}MPa");
    assert!(figure("RMSE")[2].ends_with("from 447\u{a0}MPa at the start"));
    assert!(figure("Interval coverage")[2].contains("mean width 615\u{a0}MPa"));
    assert!(!figure("R²")[1].contains("MPa"));
    assert!(sheets[1].headers.contains(&"RMSE, MPa".to_owned()));
    assert!(headline(&report).contains("fell from 447\u{a0}MPa to 263\u{a0}MPa"));
    let page = to_html(&report).unwrap();
    for text in [
        "measured strength, MPa",
        "predicted strength, MPa",
        "RMSE, MPa",
    ] {
        assert!(page.contains(text), "{text}");
    }

    let mut log = samples::regression();
    log.head.unit = Some("tok/s".to_owned());
    let figures = &rows(&log)[0].rows;
    assert_eq!(figures[0][1], "0.184");
    assert!(figures[0][2].starts_with("a factor of 1.20; "));
    assert!(headline(&log).contains("from 0.312 to 0.184 ("));
    assert_eq!(figures[2][1], "263\u{a0}tok/s");
}
