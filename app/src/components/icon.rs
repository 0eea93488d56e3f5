//! The icons, all of the Lucide set, drawn from one sprite.

use leptos::prelude::*;

macro_rules! icons {
    ($($name:ident = $symbol:literal,)*) => {
        /// Every icon that the console uses, by what it stands for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the name of each is all there is to say about it")]
        pub enum IconName {
            $($name,)*
        }

        impl IconName {
            /// Every icon.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its symbol in `public/icons.svg`, which is its name in the Lucide set.
            pub const fn symbol(self) -> &'static str {
                match self {
                    $(Self::$name => $symbol,)*
                }
            }
        }
    };
}

icons! {
    Activity = "activity",
    App = "app-window",
    Archive = "archive",
    ArrowDown = "arrow-down",
    ArrowLeft = "arrow-left",
    ArrowRight = "arrow-right",
    ArrowUp = "arrow-up",
    ArrowUpDown = "arrow-up-down",
    At = "at-sign",
    Audience = "users",
    Bad = "circle-alert",
    Ban = "ban",
    Battery = "battery-medium",
    Bell = "bell",
    BellOff = "bell-off",
    Bluetooth = "bluetooth",
    Bolt = "zap",
    Book = "book-open",
    Braces = "braces",
    Calendar = "calendar",
    Camera = "camera",
    Chart = "chart-column",
    Check = "check",
    Clipboard = "clipboard",
    Clock = "clock",
    Close = "x",
    Code = "code",
    Condition = "git-branch",
    Copy = "copy",
    Database = "database",
    Down = "chevron-down",
    Download = "download",
    Ellipsis = "ellipsis",
    End = "flag",
    Enter = "corner-down-left",
    External = "external-link",
    Eye = "eye",
    EyeOff = "eye-off",
    File = "file",
    FileText = "file-text",
    Filter = "funnel",
    Fit = "maximize",
    Folder = "folder",
    Globe = "globe",
    Grip = "grip-vertical",
    Hash = "hash",
    Help = "circle-question-mark",
    History = "history",
    Home = "house",
    Hook = "webhook",
    Hourglass = "hourglass",
    Image = "image",
    Info = "info",
    Journey = "route",
    Jump = "corner-down-right",
    Key = "key-round",
    Language = "languages",
    Layers = "layers",
    Left = "chevron-left",
    Link = "link",
    List = "list",
    ListAdd = "list-plus",
    Lock = "lock",
    Mail = "mail",
    Menu = "menu",
    Message = "message-square",
    Minus = "minus",
    Monitor = "monitor",
    Moon = "moon",
    Ok = "circle-check",
    Panel = "panel-right",
    Pause = "pause",
    Pencil = "pencil",
    Phone = "smartphone",
    Phones = "tablet-smartphone",
    Play = "play",
    Plug = "plug",
    Plus = "plus",
    Pointer = "mouse-pointer-2",
    Product = "package",
    Profile = "user",
    Redo = "redo-2",
    Refresh = "refresh-cw",
    Right = "chevron-right",
    Save = "save",
    Scan = "scan",
    Search = "search",
    Send = "send",
    Server = "server",
    Settings = "settings",
    Shield = "shield",
    Shuffle = "shuffle",
    SignIn = "log-in",
    SignOut = "log-out",
    Signal = "signal-high",
    Sliders = "sliders-horizontal",
    Split = "git-fork",
    Square = "square",
    Star = "star",
    Sun = "sun",
    Table = "layout-grid",
    Tag = "tag",
    Tap = "hand",
    Target = "target",
    Test = "flask-conical",
    Text = "type",
    Tidy = "workflow",
    Timer = "timer",
    Torch = "flashlight",
    Trash = "trash",
    TrendDown = "trending-down",
    TrendUp = "trending-up",
    Undo = "undo-2",
    Up = "chevron-up",
    Upload = "upload",
    Vibrate = "vibrate",
    Warn = "triangle-alert",
    Wifi = "wifi",
    Wrench = "wrench",
}

/// An icon, 16 px, in the colour of the text around it; hidden from screen readers, as a word always stands beside it.
#[component]
pub fn Icon(
    /// Which one.
    #[prop(into)]
    name: Signal<IconName>,
    /// Further classes, for example a meaning: `good`, `warn`, `bad`.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    view! {
        <svg class=format!("icon {class}") viewBox="0 0 24 24" aria-hidden="true">
            <use href=move || format!("/icons.svg#{}", name.get().symbol())></use>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_is_in_the_sprite() {
        let sprite = include_str!("../../../public/icons.svg");
        for icon in IconName::ALL {
            assert!(
                sprite.contains(&format!("id=\"{}\"", icon.symbol())),
                "{icon:?} is missing"
            );
        }
    }
}
