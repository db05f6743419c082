//! Who holds the campaign: signatures and fields with `Option<&Campaign>`, and
//! the fields of `Campaign` that others see.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Field, Fields, GenericArgument, ItemStruct, Path, PathArguments, Signature, Type, Visibility,
};

use crate::source::{SourceFile, SourceLine};

/// What a file says of the campaign.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CampaignMeasures {
    /// Functions with `Option<&Campaign>` in an argument or the result.
    pub signatures: Vec<SourceLine>,
    /// Fields of that type.
    pub fields: Vec<SourceLine>,
    /// Fields of `Campaign` that are `pub`.
    pub public: Vec<SourceLine>,
    /// Fields of `Campaign` with a restricted visibility, as `pub(crate)`.
    pub restricted: Vec<SourceLine>,
}

impl CampaignMeasures {
    /// Reads the product code of a file.
    #[must_use]
    pub fn of(file: &SourceFile) -> CampaignMeasures {
        let mut reader = CampaignReader {
            file,
            found: CampaignMeasures::default(),
        };
        for item in &file.product {
            reader.visit_item(item);
        }
        reader.found
    }

    /// Adds what another file says.
    pub fn add(&mut self, other: CampaignMeasures) {
        self.signatures.extend(other.signatures);
        self.fields.extend(other.fields);
        self.public.extend(other.public);
        self.restricted.extend(other.restricted);
    }
}

struct CampaignReader<'a> {
    file: &'a SourceFile,
    found: CampaignMeasures,
}

impl<'ast> Visit<'ast> for CampaignReader<'_> {
    fn visit_signature(&mut self, signature: &'ast Signature) {
        if has_optional_campaign(|finder| finder.visit_signature(signature)) {
            let place = self.file.line_of(signature.fn_token.span);
            self.found.signatures.push(place);
        }
    }

    fn visit_field(&mut self, field: &'ast Field) {
        if has_optional_campaign(|finder| finder.visit_type(&field.ty)) {
            self.found.fields.push(self.file.line_of(field.ty.span()));
        }
    }

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        visit::visit_item_struct(self, item);
        let Fields::Named(fields) = &item.fields else {
            return;
        };
        if item.ident != "Campaign" {
            return;
        }
        for field in &fields.named {
            let place = self.file.line_of(field.ty.span());
            match &field.vis {
                Visibility::Public(_) => self.found.public.push(place),
                Visibility::Restricted(_) => self.found.restricted.push(place),
                Visibility::Inherited => {}
            }
        }
    }
}

/// Whether a reader comes across `Option<&Campaign>`, mutable or not.
fn has_optional_campaign(read: impl FnOnce(&mut OptionalCampaign)) -> bool {
    let mut finder = OptionalCampaign { found: false };
    read(&mut finder);
    finder.found
}

struct OptionalCampaign {
    found: bool,
}

impl<'ast> Visit<'ast> for OptionalCampaign {
    fn visit_path(&mut self, path: &'ast Path) {
        let last = path.segments.last();
        if let Some(last) = last.filter(|last| last.ident == "Option")
            && let PathArguments::AngleBracketed(arguments) = &last.arguments
        {
            self.found |= arguments.args.iter().any(|argument| {
                matches!(argument, GenericArgument::Type(Type::Reference(reference))
                    if is_campaign(&reference.elem))
            });
        }
        visit::visit_path(self, path);
    }
}

fn is_campaign(kind: &Type) -> bool {
    let Type::Path(named) = kind else {
        return false;
    };
    let last = named.path.segments.last();
    last.is_some_and(|last| last.ident == "Campaign")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(places: &[SourceLine]) -> Vec<usize> {
        places.iter().map(|place| place.line).collect()
    }

    #[test]
    fn signatures_and_fields_are_told_apart() {
        let text = "fn a(x: Option<&Campaign>, y: Option<&Campaign>) {}\n\
             fn b() -> Option<&'static crate::Campaign> { None }\n\
             impl S { fn c(&self, x: Vec<Option<&mut Campaign>>) {} }\n\
             trait T { fn d(x: Option<&Campaign>); }\n\
             fn e(x: &Campaign, y: Option<Campaign>, z: Option<&Rows>) {}\n\
             struct S<'a> {\n    x: Option<&'a Campaign>,\n    y: &'a Campaign,\n}\n\
             #[cfg(test)] fn f(x: Option<&Campaign>) {}";
        let file = SourceFile::parse("a.rs", text).expect("Rust");
        let found = CampaignMeasures::of(&file);
        assert_eq!(lines(&found.signatures), [1, 2, 3, 4]);
        assert_eq!(lines(&found.fields), [7]);
    }

    #[test]
    fn fields_are_sorted_by_who_sees_them() {
        let text = "pub struct Campaign {\n    pub a: u8,\n    pub(crate) b: u8,\n    c: u8,\n\
                 pub(super) d: u8,\n}\nstruct Other {\n    pub a: u8,\n}";
        let file = SourceFile::parse("a.rs", text).expect("Rust");
        let found = CampaignMeasures::of(&file);
        assert_eq!(lines(&found.public), [2]);
        assert_eq!(lines(&found.restricted), [3, 5]);
    }
}
