//! Templates of one's own: they replace the shipped ones, and a mistake in one is told before anything is sent.

use std::path::Path;

use bizreview::render::Renderer;

use crate::support::scratch::Scratch;

/// What `check` says of a folder with one template; the folder itself is called FOLDER.
fn check(file: &str, content: &str) -> String {
    let folder = Scratch::new("templates");
    let path = folder.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    let result = Renderer::new(Some(&folder)).and_then(|r| r.check());
    result.map_or_else(|e| format!("{e:#}").replace(&folder.display().to_string(), "FOLDER"), |()| String::new())
}

/// A shipped template with a part replaced.
fn shipped(file: &str, from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates").join(file)).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    text.replacen(from, to, 1)
}

#[test]
fn a_mistake_in_a_template_is_told_at_check_with_file_line_and_caret() {
    let (mail, page, text, parts) = ("email/body.html", "web/page.html", "text/body.txt", "components/mail.html");
    let mistakes = [
        ("error_syntax", text, "one\n{% if v.verdict %}".to_owned()),
        ("error_undefined", mail, "<p>\n{{ v.verdikt }}".to_owned()),
        ("error_filter", page, "<p>\n\n{{ v.verdict | uper }}".to_owned()),
        ("error_sentence", mail, "<p>{{ say(id=\"no-such-sentence\") }}".to_owned()),
        ("error_include", page, "<p>\n{% include \"web/stile.html\" %}".to_owned()),
        ("error_component", mail, shipped(mail, "{% <mail.card> %}", "{% <mail.kard> %}")),
        ("error_within_a_component", parts, shipped(parts, "{{ text }}", "{{ txt }}")),
        ("error_argument_of_a_component", mail, "<p>\n{{ <mail.h2 /> }}".to_owned()),
        // only reviews that were sent by order have it
        ("error_in_a_rare_branch", mail, shipped(mail, "{{ v.forced }}", "{{ v.forcd }}")),
        ("error_of_a_number", page, "<p>{{ v.verdict + 1 }}".to_owned()),
    ];
    for (name, file, content) in mistakes {
        let told = check(file, &content);
        insta::assert_snapshot!(name, told);
        assert!(told.contains(&format!("--> FOLDER/{file}:")) && told.contains('^'), "{name}: {told}");
    }
}

#[test]
fn a_template_that_escapes_nothing_is_refused() {
    assert!(check("email/bodi.html", "x").contains("there is no template email/bodi.html to replace"));
    assert!(check("web/page.html", "{{ v.title | safe }}").contains("web/page.html, line 1"));
}

#[test]
fn a_template_that_mail_programs_do_not_show_alike_is_told_at_check() {
    let mail = |body: &str| check("email/body.html", body);
    assert!(mail("<p style=\"display:grid\">{{ v.verdict }}").contains("the mail uses display:grid"));
    assert!(mail("<p style=\"color:#aaa\">{{ v.verdict }}").contains("too faint"));
    assert!(mail("<a href=\"https://elsewhere.example\">{{ v.verdict }}</a>").contains("not where public_url points"));
}
