//! Queries of tokens of the API.

use diesel::prelude::*;
use wharfinger_domain::id::{TokenId, UserId, WorkspaceId};
use wharfinger_domain::time::Timestamp;

use super::schema::api_tokens;
use super::{Db, Session, from_json, instant, to_json};
use crate::tokens::{NewToken, TokenRecord, Tokens};
use crate::{Page, Paged, Result};

#[derive(Queryable, Selectable)]
#[diesel(table_name = api_tokens)]
struct TokenRow {
    id: i64,
    handle: String,
    hash: String,
    user_id: i64,
    name: String,
    scopes: String,
    workspace_id: Option<i64>,
    created_at: i64,
    expires_at: i64,
    last_used_at: Option<i64>,
}

impl TokenRow {
    fn record(self) -> Result<TokenRecord> {
        let token = NewToken {
            handle: self.handle,
            hash: self.hash,
            user: UserId(self.user_id),
            name: self.name,
            scopes: from_json(&self.scopes, "the scopes of a token")?,
            workspace: self.workspace_id.map(WorkspaceId),
            created_at: Timestamp::from_micros(self.created_at),
            expires_at: Timestamp::from_micros(self.expires_at),
        };
        Ok(TokenRecord { id: TokenId(self.id), token, last_used_at: instant(self.last_used_at) })
    }
}

impl Tokens for Session<'_> {
    fn insert_token(&mut self, token: &NewToken) -> Result<TokenRecord> {
        let values = (
            api_tokens::handle.eq(&token.handle),
            api_tokens::hash.eq(&token.hash),
            api_tokens::user_id.eq(token.user.0),
            api_tokens::name.eq(&token.name),
            api_tokens::scopes.eq(to_json(&token.scopes)?),
            api_tokens::workspace_id.eq(token.workspace.map(|id| id.0)),
            api_tokens::created_at.eq(token.created_at.as_micros()),
            api_tokens::expires_at.eq(token.expires_at.as_micros()),
        );
        let insert = diesel::insert_into(api_tokens::table).values(values).returning(TokenRow::as_returning());
        insert.get_result(self.connection)?.record()
    }

    fn token_by_handle(&mut self, handle: &str) -> Result<Option<TokenRecord>> {
        let query = api_tokens::table.filter(api_tokens::handle.eq(handle)).select(TokenRow::as_select());
        query.first(self.connection).optional()?.map(TokenRow::record).transpose()
    }

    fn token(&mut self, owner: Option<UserId>, id: TokenId) -> Result<Option<TokenRecord>> {
        let mut query = api_tokens::table.into_boxed::<Db>().filter(api_tokens::id.eq(id.0));
        if let Some(owner) = owner {
            query = query.filter(api_tokens::user_id.eq(owner.0));
        }
        let query = query.select(TokenRow::as_select());
        query.first(self.connection).optional()?.map(TokenRow::record).transpose()
    }

    fn page_tokens(&mut self, user: UserId, page: &Page<TokenId>) -> Result<Paged<TokenRecord>> {
        let own = api_tokens::user_id.eq(user.0);
        let total = page.total_by(|| Ok(api_tokens::table.filter(own).count().get_result(self.connection)?))?;
        let before = page.after.map_or(i64::MAX, |id| id.0);
        let query = api_tokens::table.filter(own).filter(api_tokens::id.lt(before));
        let query = query.order(api_tokens::id.desc()).limit(page.limit()).select(TokenRow::as_select());
        let rows = query.load(self.connection)?;
        Ok(Paged::of(page, rows.into_iter().map(TokenRow::record).collect::<Result<_>>()?, total))
    }

    fn remove_token(&mut self, id: TokenId) -> Result<bool> {
        Ok(diesel::delete(api_tokens::table.find(id.0)).execute(self.connection)? == 1)
    }

    fn note_token_used(&mut self, id: TokenId, at: Timestamp) -> Result<()> {
        let used = api_tokens::last_used_at.eq(at.as_micros());
        diesel::update(api_tokens::table.find(id.0)).set(used).execute(self.connection)?;
        Ok(())
    }
}
