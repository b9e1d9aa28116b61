//! A page of the web part with everything one can have, and a mail with a link.

use crate::render::{Door, DoorField, DoorForm, DoorLink, DoorSection, LinkLetter};

/// Every part of a page with forms.
#[must_use]
pub fn door() -> Door {
    let field = |kind, name, options: &[&str]| DoorField {
        kind,
        name,
        label: format!("A {kind}"),
        value: "<b>a</b>".into(),
        hint: "At most 10 characters.".into(),
        most: 10,
        is_optional: kind == "area",
        options: options.iter().map(|o| ((*o).to_owned(), o.to_uppercase())).collect(),
    };
    let form = DoorForm {
        action: "/reports/support/promises".into(),
        hidden: vec![("to".into(), "/reports/support/".into())],
        fields: vec![
            field("email", "address", &[]),
            field("text", "owner", &[]),
            field("area", "text", &[]),
            field("date", "due", &[]),
            field("select", "metric", &["a", "b"]),
        ],
        button: "Promise it".into(),
        is_secondary: true,
    };
    Door {
        title: "Promises".into(),
        alert: "This is not a day.".into(),
        done: "Noted.".into(),
        sections: vec![DoorSection {
            heading: "Promise something".into(),
            paragraphs: vec!["It is printed.".into()],
            said: vec![("Ada, 9 Nov".into(), "Two were ill.\n\nNow all are back.".into())],
            form: Some(form),
        }],
        links: vec![DoorLink { href: "/".into(), text: "All reviews".into() }],
        who: "You are signed in as ada@company.example.".into(),
    }
}

/// A mail with a link.
#[must_use]
pub fn link_letter() -> LinkLetter {
    LinkLetter {
        company: "Northwind & Söhne".into(),
        subject: "Sign in".into(),
        title: "Sign in".into(),
        intro: "Somebody asked for a link to sign in.".into(),
        link: "https://reviews.northwind.example/sign-in/abc".into(),
        action: "Sign in".into(),
        small: "It works once.".into(),
    }
}
