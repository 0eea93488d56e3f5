//! Functions of web addresses, encodings and digests.

use std::fmt::Write as _;

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
        encode64(args, text)
    })
    .docs("Encodes a text in Base64.")
    .example(r#"{%= encode64("hello") %}"#, "aGVsbG8="),
    text("decode64", &[TEXT], decode64)
        .docs("Decodes a text from Base64; what is not Base64 of a text is given back as it is.")
        .example(r#"{%= decode64("aGVsbG8=") %}"#, "hello"),
    text("extractEmailDomain", &[param("address", Kind::Text)], |args| {
        let text = args.text(0)?;
        match text.rsplit_once('@') {
            Some((_, domain)) => Ok(Val::Text(domain)),
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
        args.written(format_args!("{}", utf8_percent_encode(text, RESERVED)))
    })
    .docs("Encodes a text for use in a web address; a space becomes %20.")
    .example(r#"{%= urlEncode("a b&c") %}"#, "a%20b%26c"),
    text("urlDecode", &[TEXT], |args| {
        let text = args.text(0)?;
        let out = args.context.bytes(text.len())?;
        let mut length = 0;
        // A plus is a space only where it was not itself encoded.
        for (part, gap) in text
            .split('+')
            .zip(std::iter::once(false).chain(std::iter::repeat(true)))
        {
            if gap {
                out[length] = b' ';
                length += 1;
            }
            for byte in percent_decode_str(part) {
                out[length] = byte;
                length += 1;
            }
        }
        as_text(&out[..length]).map(Val::Text)
    })
    .docs("Decodes a text from a web address; + and %20 become a space.")
    .example(r#"{%= urlDecode("a%20b%26c+d") %}"#, "a b&c d"),
    text("md5", &[TEXT], |args| {
        let text = args.text(0)?;
        args.context.charge(text.len())?;
        hex(args, &md5::Md5::digest(text.as_bytes()))
    })
    .docs("The MD5 digest of a text, in hexadecimal.")
    .example(r#"{%= md5("hello world") %}"#, "5eb63bbbe01eeed093cb22bb8f5acdc3"),
    text("sha256", &[TEXT], |args| {
        let text = args.text(0)?;
        args.context.charge(text.len())?;
        hex(args, &sha2::Sha256::digest(text.as_bytes()))
    })
    .docs("The SHA-256 digest of a text, in hexadecimal.")
    .example(
        r#"{%= sha256("hello world") %}"#,
        "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9",
    ),
];

fn hex<'a>(args: &mut Args<'_, 'a>, bytes: &[u8]) -> Answer<'a> {
    let mut out = args.context.text();
    for byte in bytes {
        // Writing to the arena cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    args.made(out)
}

fn encode64<'a>(args: &mut Args<'_, 'a>, text: &str) -> Answer<'a> {
    let length = base64::encoded_len(text.len(), true).unwrap_or(0);
    let out = args.context.bytes(length)?;
    let written = STANDARD.encode_slice(text.as_bytes(), out).unwrap_or(0);
    as_text(&out[..written]).map(Val::Text)
}

fn as_text(bytes: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(bytes).map_err(|_| Fault::Failed("this is not an encoded text".to_owned()))
}

fn decode64<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let text = args.text(0)?;
    let out = args.context.bytes(base64::decoded_len_estimate(text.len()))?;
    let written = LENIENT.decode_slice(text.as_bytes(), out).ok();
    let decoded = written.and_then(|written| std::str::from_utf8(&out[..written]).ok());
    match decoded {
        Some(decoded) => Ok(Val::Text(decoded)),
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
    let url = args.text(0)?;
    Ok(Val::Text(pick(parts(url))))
}

fn append_query<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let (url, key, value) = (args.text(0)?, args.text(1)?, args.text(2)?);
    args.context.charge(url.len())?;
    let (before, fragment) = match url.split_once('#') {
        Some((before, fragment)) => (before, Some(fragment)),
        None => (url, None),
    };
    let (base, query) = before.split_once('?').unwrap_or((before, ""));
    let key = utf8_percent_encode(key, RESERVED);
    let value = utf8_percent_encode(value, RESERVED);
    let mut out = args.context.text();
    out.push_str(base);
    let mut sign = '?';
    let mut replaced = false;
    let same = |name: &str| {
        let mut rest = Some(name);
        for part in key.clone() {
            rest = rest.and_then(|rest| rest.strip_prefix(part));
        }
        rest == Some("")
    };
    for existing in query.split('&').filter(|existing| !existing.is_empty()) {
        let ours = same(existing.split('=').next().unwrap_or_default());
        if ours && replaced {
            continue;
        }
        out.push(sign);
        sign = '&';
        if ours {
            replaced = true;
            // Writing to the arena cannot fail.
            let _ = write!(out, "{key}={value}");
        } else {
            out.push_str(existing);
        }
    }
    if !replaced {
        let _ = write!(out, "{sign}{key}={value}");
    }
    if let Some(fragment) = fragment {
        out.push('#');
        out.push_str(fragment);
    }
    args.made(out)
}
