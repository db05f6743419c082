//! Several judgements become one label.

use al_store::{
    Annotation, LabelConfidence, LabelValue, Moment, Qualifier, ResolutionRule, ResolvedLabel,
};

/// What judgements come to.
#[derive(Debug, Clone, PartialEq)]
pub enum JudgementVerdict {
    /// More judgements are needed: so many have to come.
    Open,
    /// There are enough, and they do not agree: one more, or a lead, has to decide.
    Tied,
    /// They come to a label.
    Resolved(Box<ResolvedLabel>),
}

/// The verdict on the judgements of an item of which `wanted` are asked for. `leads` says
/// of each whether a lead gave it. A lead's judgement decides where the rule says so.
#[must_use]
pub fn resolve(
    judgements: &[Annotation],
    leads: &[bool],
    rule: ResolutionRule,
    wanted: i64,
) -> JudgementVerdict {
    if rule == ResolutionRule::Lead {
        let of_lead = judgements.iter().zip(leads).rev().find(|(_, is)| **is);
        return match of_lead {
            Some((judgement, _)) => resolved(judgement, judgement.label.clone(), judgements),
            // One alone, who is enough, needs no deciding.
            None if wanted <= 1 && judgements.len() == 1 => {
                let judgement = &judgements[0];
                resolved(judgement, judgement.label.clone(), judgements)
            }
            None if judgements.len() as i64 >= wanted => JudgementVerdict::Tied,
            None => JudgementVerdict::Open,
        };
    }
    if (judgements.len() as i64) < wanted {
        return JudgementVerdict::Open;
    }
    let Some(last) = judgements.last() else {
        return JudgementVerdict::Open;
    };
    match &last.label {
        LabelValue::Class(_) => majority(judgements),
        LabelValue::Number(_) => median(judgements),
    }
}

/// The class that most have.
fn majority(judgements: &[Annotation]) -> JudgementVerdict {
    let votes = |label: &LabelValue| judgements.iter().filter(|j| j.label == *label).count();
    let most = judgements.iter().map(|j| votes(&j.label)).max();
    let most = most.expect("judgements");
    let first = judgements.iter().find(|j| votes(&j.label) == most);
    let first = first.expect("the most are some");
    let tied = judgements
        .iter()
        .any(|j| votes(&j.label) == most && j.label != first.label);
    match tied {
        true => JudgementVerdict::Tied,
        false => {
            let last = judgements.iter().rev().find(|j| j.label == first.label);
            let last = last.expect("the first, if no other");
            resolved(last, first.label.clone(), judgements)
        }
    }
}

/// The median of the numbers; of an even count the mean of the middle two. Bounds stand
/// at their numbers. Two bounds of one side in the middle come to the weaker one, which
/// both support; a bound beside a value or the other bound decides nothing.
fn median(judgements: &[Annotation]) -> JudgementVerdict {
    let number = |judgement: &Annotation| match judgement.label {
        LabelValue::Number(value) => value,
        LabelValue::Class(_) => f64::NAN,
    };
    let mut sorted: Vec<&Annotation> = judgements.iter().collect();
    sorted.sort_by(|a, b| number(a).total_cmp(&number(b)).then(a.id.cmp(&b.id)));
    let n = sorted.len();
    let (low, high) = (sorted[(n - 1) / 2], sorted[n / 2]);
    if low.qualifier != high.qualifier {
        return JudgementVerdict::Tied;
    }
    let value = match low.qualifier {
        Qualifier::Equal => number(low) + (number(high) - number(low)) / 2.0,
        Qualifier::Above => number(low),
        Qualifier::Below => number(high),
    };
    let last = judgements.last().expect("judgements");
    match resolved(last, LabelValue::Number(value), judgements) {
        JudgementVerdict::Resolved(mut label) => {
            label.qualifier = low.qualifier;
            JudgementVerdict::Resolved(label)
        }
        other => other,
    }
}

/// A label by the last judgement of it. It is as sure as the least sure of those that
/// say the same.
fn resolved(last: &Annotation, label: LabelValue, judgements: &[Annotation]) -> JudgementVerdict {
    let same = judgements
        .iter()
        .filter(|j| j.label == label || matches!(label, LabelValue::Number(_)));
    let confidence: Option<LabelConfidence> = same.map(|j| j.confidence).max();
    JudgementVerdict::Resolved(Box::new(ResolvedLabel {
        label,
        qualifier: last.qualifier,
        unit: last.unit.clone(),
        source: last.source,
        confidence: confidence.unwrap_or(last.confidence),
        at: Moment(judgements.iter().map(|j| j.created_at.0).max().unwrap_or(0)),
        by: last.user_id.clone(),
        notes: last.notes.clone(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use al_store::LabelSource;

    fn judgement(by: &str, label: LabelValue) -> Annotation {
        Annotation {
            id: by.to_owned(),
            queue_id: "q".to_owned(),
            item_id: "i".to_owned(),
            user_id: by.to_owned(),
            label,
            qualifier: Qualifier::Equal,
            unit: None,
            given_value: None,
            given_unit: None,
            source: LabelSource::Experimental,
            confidence: LabelConfidence::High,
            notes: None,
            created_at: Moment(1),
            undone_at: None,
        }
    }

    fn class(by: &str, name: &str) -> Annotation {
        judgement(by, LabelValue::Class(name.to_owned()))
    }

    fn number(by: &str, value: f64) -> Annotation {
        judgement(by, LabelValue::Number(value))
    }

    fn label_of(verdict: JudgementVerdict) -> LabelValue {
        match verdict {
            JudgementVerdict::Resolved(label) => label.label,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_majority_wins_and_a_tie_waits() {
        let rule = ResolutionRule::Majority;
        let two = [class("a", "yes"), class("b", "no")];
        assert_eq!(
            resolve(&two[..1], &[false], rule, 2),
            JudgementVerdict::Open
        );
        assert_eq!(resolve(&two, &[false; 2], rule, 2), JudgementVerdict::Tied);
        let three = [class("a", "yes"), class("b", "no"), class("c", "no")];
        let label = label_of(resolve(&three, &[false; 3], rule, 2));
        assert_eq!(label, LabelValue::Class("no".to_owned()));
    }

    #[test]
    fn numbers_come_to_their_median() {
        let three = [number("a", 1.0), number("b", 9.0), number("c", 2.0)];
        for rule in [ResolutionRule::Median, ResolutionRule::Majority] {
            let label = label_of(resolve(&three, &[false; 3], rule, 3));
            assert_eq!(label, LabelValue::Number(2.0));
        }
        let label = label_of(resolve(&three[..2], &[false; 2], ResolutionRule::Median, 2));
        assert_eq!(label, LabelValue::Number(5.0));
    }

    #[test]
    fn a_lead_decides_where_the_rule_says_so() {
        let rule = ResolutionRule::Lead;
        let two = [class("a", "yes"), class("b", "no")];
        assert_eq!(
            resolve(&two, &[false, false], rule, 2),
            JudgementVerdict::Tied
        );
        let label = label_of(resolve(&two, &[true, false], rule, 2));
        assert_eq!(label, LabelValue::Class("yes".to_owned()));
        // The lead decides at once.
        let label = label_of(resolve(&two[..1], &[true], rule, 3));
        assert_eq!(label, LabelValue::Class("yes".to_owned()));
    }

    #[test]
    fn a_label_is_as_sure_as_its_least_sure_judgement() {
        let mut unsure = class("b", "yes");
        unsure.confidence = LabelConfidence::Low;
        let two = [class("a", "yes"), unsure];
        let JudgementVerdict::Resolved(label) =
            resolve(&two, &[false; 2], ResolutionRule::Majority, 2)
        else {
            panic!("a label");
        };
        assert_eq!(label.confidence, LabelConfidence::Low);
    }

    #[test]
    fn a_bound_in_the_middle_stays_a_bound() {
        let mut bound = number("a", 10.0);
        bound.qualifier = Qualifier::Above;
        let JudgementVerdict::Resolved(label) =
            resolve(&[bound], &[false], ResolutionRule::Median, 1)
        else {
            panic!("a label");
        };
        assert_eq!(label.qualifier, Qualifier::Above);
        // More than 5 and more than 10: both say more than 5.
        let mut weaker = number("b", 5.0);
        weaker.qualifier = Qualifier::Above;
        let mut stronger = number("c", 10.0);
        stronger.qualifier = Qualifier::Above;
        let both = [stronger.clone(), weaker];
        let label = label_of(resolve(&both, &[false; 2], ResolutionRule::Median, 2));
        assert_eq!(label, LabelValue::Number(5.0));
        let mixed = [number("a", 3.0), stronger];
        let verdict = resolve(&mixed, &[false; 2], ResolutionRule::Median, 2);
        assert_eq!(verdict, JudgementVerdict::Tied);
    }
}
