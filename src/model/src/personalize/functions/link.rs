//! Functions of web addresses, encodings and digests.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::Digest;

use super::args::Args;
use super::{Category, Function, Kind, Param, Run, param};
use crate::personalize::render::Fault;
use crate::personalize::value::Val;

type Answer<'a> = Result<Val<'a>, Fault>;

const TEXT: Param = param("text", Kind::Text);
const URL: Param = param("url", Kind::Text);

/// What RFC 3986 calls unreserved stays as it is (<https://www.rfc-editor.org/rfc/rfc3986#section-2.3>).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Base64 with its padding or without.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const fn text(name: &'static str, params: &'static [Param], run: Run) -> Function {
    Function::new(name, Category::Text, params, Kind::Text, run)
}

pub(super) const FUNCTIONS: &[Function] = &[
    text("encode64", &[TEXT], |args| {
        let text = args.text(0)?;
        args.made(STANDARD.encode(text.as_bytes()))
    })
    .docs("Encodes a text in Base64.")
    .example(r#"{%= encode64("hello") %}"#, "aGVsbG8="),
    text("decode64", &[TEXT], decode64)
        .docs("Decodes a text from Base64; what is not Base64 of a text is given back as it is.")
        .example(r#"{%= decode64("aGVsbG8=") %} {%= decode64("?") %}"#, "hello ?"),
    text("extractEmailDomain", &[param("address", Kind::Text)], |args| {
        let text = args.text(0)?;
        match text.rsplit_once('@') {
            Some((_, domain)) => args.made(domain.to_owned()),
            None => Ok(Val::Null),
        }
    })
    .docs("What follows the @ of an email address; empty if there is none.")
    .example(r#"{%= extractEmailDomain("ada@example.com") %}"#, "example.com"),
    text("getUrlProtocol", &[URL], |args| {
        part(args, |parts| parts.protocol)
    })
    .docs("The protocol of a web address.")
    .example(
        r#"{%= getUrlProtocol("https://www.myurl.com/contact.html") %}"#,
        "https",
    ),
    text("getUrlHost", &[URL], |args| part(args, |parts| parts.host))
        .docs("The host of a web address, without port and user.")
        .example(
            r#"{%= getUrlHost("https://www.myurl.com:8080/contact") %}"#,
            "www.myurl.com",
        ),
    text("getUrlPath", &[URL], |args| part(args, |parts| parts.path))
        .docs("The path of a web address, from the first slash behind the host on.")
        .example(
            r#"{%= getUrlPath("https://www.myurl.com/contact.html?a=1") %}"#,
            "/contact.html",
        ),
    text("getUrlFragment", &[URL], |args| {
        part(args, |parts| parts.fragment)
    })
    .docs("What follows the # of a web address.")
    .example(
        r#"{%= getUrlFragment("https://www.myurl.com/contact.html#faq") %}"#,
        "faq",
    ),
    text(
        "appendQueryParams",
        &[URL, param("key", Kind::Text), param("value", Kind::Text)],
        append_query,
    )
    .docs("Adds a query parameter to a web address, before its fragment, or replaces the one of that key.")
    .example(
        r#"{%= appendQueryParams("https://example.com/page", "utm_source", "email") %}"#,
        "https://example.com/page?utm_source=email",
    ),
    text("urlEncode", &[TEXT], |args| {
        let text = args.text(0)?;
        args.made(utf8_percent_encode(&text, RESERVED).to_string())
    })
    .docs("Encodes a text for use in a web address; a space becomes %20.")
    .example(r#"{%= urlEncode("a b&c") %}"#, "a%20b%26c"),
    text("urlDecode", &[TEXT], |args| {
        let text = args.text(0)?;
        let spaced = text.replace('+', " ");
        match percent_decode_str(&spaced).decode_utf8() {
            Ok(decoded) => args.made(decoded.into_owned()),
            Err(_) => Err(Fault::Failed("this is not an encoded text".to_owned())),
        }
    })
    .docs("Decodes a text from a web address; + and %20 become a space.")
    .example(r#"{%= urlDecode("a%20b%26c+d") %}"#, "a b&c d"),
    text("md5", &[TEXT], |args| {
        let text = args.text(0)?;
        args.context.charge(text.len())?;
        args.made(hex(&md5::Md5::digest(text.as_bytes())))
    })
    .docs("The MD5 digest of a text, in hexadecimal.")
    .example(r#"{%= md5("hello world") %}"#, "5eb63bbbe01eeed093cb22bb8f5acdc3"),
    text("sha256", &[TEXT], |args| {
        let text = args.text(0)?;
        args.context.charge(text.len())?;
        args.made(hex(&sha2::Sha256::digest(text.as_bytes())))
    })
    .docs("The SHA-256 digest of a text, in hexadecimal.")
    .example(
        r#"{%= sha256("hello world") %}"#,
        "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9",
    ),
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn decode64<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let text = args.text(0)?;
    let decoded = LENIENT
        .decode(text.as_bytes())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    match decoded {
        Some(decoded) => args.made(decoded),
        None => {
            args.warn("this is not Base64");
            Ok(Val::Text(text))
        }
    }
}

/// A web address, cut into its parts; an absent part is empty.
struct Parts<'u> {
    protocol: &'u str,
    host: &'u str,
    path: &'u str,
    fragment: &'u str,
}

/// Cuts an address as RFC 3986, appendix B, does (<https://www.rfc-editor.org/rfc/rfc3986#appendix-B>).
fn parts(url: &str) -> Parts<'_> {
    let url = url.trim();
    let (url, fragment) = url.split_once('#').unwrap_or((url, ""));
    let url = url.split_once('?').map_or(url, |(before, _)| before);
    let (protocol, rest) = match url.split_once(':') {
        Some((protocol, rest)) if !protocol.is_empty() && !protocol.contains('/') => (protocol, rest),
        _ => ("", url),
    };
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.rfind(':') {
        // The colons inside the brackets of an IPv6 address belong to it.
        Some(at) if !host[at..].contains(']') => &host[..at],
        _ => host,
    };
    Parts {
        protocol,
        host,
        path,
        fragment,
    }
}

fn part<'a>(args: &mut Args<'_, 'a>, pick: for<'u> fn(Parts<'u>) -> &'u str) -> Answer<'a> {
    match args.text(0)? {
        Cow::Borrowed(url) => Ok(Val::text(pick(parts(url)))),
        Cow::Owned(url) => args.made(pick(parts(&url)).to_owned()),
    }
}

fn append_query<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let (url, key, value) = (args.text(0)?, args.text(1)?, args.text(2)?);
    let (before, fragment) = match url.split_once('#') {
        Some((before, fragment)) => (before, Some(fragment)),
        None => (url.as_ref(), None),
    };
    let (base, query) = before.split_once('?').unwrap_or((before, ""));
    let key = utf8_percent_encode(&key, RESERVED).to_string();
    let pair = format!("{key}={}", utf8_percent_encode(&value, RESERVED));
    let mut pairs: Vec<&str> = Vec::new();
    let mut replaced = false;
    for existing in query.split('&').filter(|existing| !existing.is_empty()) {
        if existing.split('=').next() == Some(key.as_str()) {
            if !replaced {
                pairs.push(&pair);
                replaced = true;
            }
        } else {
            pairs.push(existing);
        }
    }
    if !replaced {
        pairs.push(&pair);
    }
    let mut out = format!("{base}?{}", pairs.join("&"));
    if let Some(fragment) = fragment {
        out.push('#');
        out.push_str(fragment);
    }
    args.made(out)
}
