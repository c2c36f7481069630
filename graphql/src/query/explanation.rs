//! Asks why an image can or cannot be used.

use async_graphql::{Context, Object, Result};

use crate::access::directive;
use crate::error::fail;
use crate::object::explanation::Explanation;
use crate::object::namespace::NamespaceRef;
use crate::scope::scope;

#[derive(Default)]
pub(super) struct ExplanationQuery;

#[Object]
impl ExplanationQuery {
    /// Why an image can or cannot be used in a namespace; without a reference, how the namespace itself stands.
    #[graphql(directive = directive::cost::apply(5))]
    async fn explain_image(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which namespace.")] namespace: NamespaceRef,
        #[graphql(desc = "The image, as any text; broken ones are explained too.")] reference: Option<String>,
    ) -> Result<Explanation> {
        let scope = scope(ctx);
        let namespace = namespace.into_name(ctx).await?;
        let told = scope.app.explain_image(&scope.call, namespace, reference).await.map_err(fail)?;
        Ok(Explanation::new(told, scope.call.at))
    }
}
