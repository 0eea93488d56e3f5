//! Who may do what, as the one table of it says.

use heliograph_model::access::{Permission, Role, may};
use leptos::prelude::*;

use crate::components::{Card, Icon, IconName, Table};

/// Who may do what.
#[component]
pub(super) fn Matrix() -> impl IntoView {
    let head = || {
        let roles = Role::ALL
            .map(|role| view! { <th scope="col" class="mark">{role.title()}</th> })
            .collect_view();
        view! { <th scope="col">"May"</th> {roles} }
    };
    let rows = Permission::ALL
        .map(|permission| {
            let cells = Role::ALL
                .map(|role| {
                    if may(role, permission) {
                        view! { <td class="mark"><Icon name=IconName::Check class="good"/><span class="unseen">"Yes"</span></td> }.into_any()
                    } else {
                        view! { <td class="mark quiet"><span aria-hidden="true">"–"</span><span class="unseen">"No"</span></td> }.into_any()
                    }
                })
                .collect_view();
            view! { <tr><th scope="row">{permission.title()}</th>{cells}</tr> }
        })
        .collect_view();
    view! {
        <Card title="Who may do what" class="matrix" flush=true>
            <Table caption="Who may do what" head>{rows}</Table>
        </Card>
    }
}
