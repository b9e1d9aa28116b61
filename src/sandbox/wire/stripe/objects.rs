//! Stripe's objects, in the shape of API versions since 2025-03-31, as of an instant.

use serde_json::{Value, json};

use super::{
    super::super::{
        catalog::{Duration, Price},
        random,
        simulate::{
            Company,
            billing::{Invoice, Line},
            subscriptions::{Status, Subscription},
        },
        time::Secs,
    },
    super::join,
    Index,
};

/// Which references are shown as objects rather than ids.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a reference that is expanded or not")]
pub struct Expand {
    pub discounts: bool,
    pub coupon: bool,
    pub line_discounts: bool,
    pub customer: bool,
    pub latest_invoice: bool,
}

/// Renders objects of the log.
#[derive(Debug, Clone, Copy)]
pub struct Render<'a> {
    pub company: &'a Company,
    pub index: &'a Index,
    pub expand: Expand,
    pub now: Secs,
}

impl Render<'_> {
    fn livemode(&self, account: usize) -> bool {
        self.company.accounts[account].role != super::super::super::simulate::accounts::Role::TestMode
    }

    /// An object of a listed resource; `None` for a resource there is not.
    pub fn object(&self, resource: &str, position: usize) -> Option<Value> {
        Some(match resource {
            "customers" => self.customer(position),
            "subscriptions" => self.subscription(position),
            "subscription_items" => self.item(position / 100, position % 100),
            "invoices" => self.invoice(position),
            "prices" => self.price(&self.company.catalog.prices[position]),
            "products" => self.product(position),
            "coupons" => self.coupon(position),
            "charges" => self.charge(position),
            "refunds" => self.refund(position),
            "credit_notes" => self.credit_note(position),
            _ => return None,
        })
    }

    /// A customer.
    pub fn customer(&self, position: usize) -> Value {
        let account = &self.company.accounts[position];
        let subscriptions = &self.index.of_account[position];
        let owes = |subscription: &usize| {
            let state = self.company.subscriptions[*subscription].state(self.now);
            state.is_some_and(|state| state.status == Status::PastDue)
        };
        let issued: usize = subscriptions.iter().map(|subscription| self.invoices_so_far(*subscription).len()).sum();
        json!({
            "id": account.customer, "object": "customer", "created": account.joined, "livemode": self.livemode(position),
            "address": {"city": null, "country": account.country, "line1": null, "line2": null, "postal_code": null, "state": null},
            "balance": 0, "currency": account.currency, "customer_account": null, "default_source": null,
            "delinquent": subscriptions.iter().any(owes), "description": null, "discount": null,
            "email": format!("billing@{}", account.domain), "invoice_prefix": account.customer[4..12].to_uppercase(),
            "invoice_settings": {"custom_fields": null, "default_payment_method": null, "footer": null, "rendering_options": null},
            "metadata": if account.owned {
                json!({"owner": account.owner, "region": account.region, "domain": account.domain})
            } else {
                json!({"region": account.region, "domain": account.domain})
            },
            "name": account.name, "next_invoice_sequence": issued + 1, "phone": null, "preferred_locales": [],
            "shipping": null, "tax_exempt": "none", "test_clock": null
        })
    }

    fn invoices_so_far(&self, subscription: usize) -> &[usize] {
        let invoices = &self.index.of_subscription[subscription];
        &invoices[..invoices.partition_point(|invoice| self.company.billing.invoices[*invoice].created <= self.now)]
    }

    /// A subscription, with its first ten items.
    pub fn subscription(&self, position: usize) -> Value {
        let subscription = &self.company.subscriptions[position];
        let account = &self.company.accounts[subscription.account];
        let Some(state) = subscription.state(self.now).or(subscription.states.first()) else { return Value::Null };
        let status = match state.status {
            Status::Trialing => "trialing",
            Status::Active => "active",
            Status::PastDue => "past_due",
            Status::Canceled => "canceled",
        };
        let items: Vec<Value> = (0..state.lines.len().min(10)).map(|item| self.item(position, item)).collect();
        let latest = self.invoices_so_far(position).last();
        let scheduled = state.cancel_at.is_some();
        join(
            json!({
                "id": subscription.id, "object": "subscription", "created": subscription.created, "livemode": self.livemode(subscription.account),
                "application": null, "application_fee_percent": null,
                "automatic_tax": {"enabled": false, "liability": null, "disabled_reason": null},
                "billing_cycle_anchor": subscription.bounds[0], "billing_cycle_anchor_config": null,
                "billing_mode": {"type": "classic", "flexible": null}, "billing_schedules": [], "billing_thresholds": null,
                "cancel_at": state.cancel_at, "cancel_at_period_end": scheduled, "canceled_at": state.canceled_at,
                "cancellation_details": {
                    "comment": null, "feedback": state.feedback, "feedback_option": null, "reason": state.reason
                },
                "collection_method": if account.invoiced { "send_invoice" } else { "charge_automatically" },
                "currency": subscription.currency,
                "customer": if self.expand.customer { self.customer(subscription.account) } else { json!(account.customer) }
            }),
            json!({
                "customer_account": null, "days_until_due": account.invoiced.then_some(30), "default_payment_method": null,
                "default_source": null, "default_tax_rates": [], "description": null,
                "discounts": self.discounts(subscription, self.now, self.expand.discounts),
                "ended_at": state.ended_at,
                "invoice_settings": {"account_tax_ids": null, "issuer": {"type": "self"}, "custom_fields": null, "description": null, "footer": null},
                "items": {
                    "object": "list", "data": items, "has_more": state.lines.len() > 10, "total_count": state.lines.len(),
                    "url": format!("/v1/subscription_items?subscription={}", subscription.id)
                },
                "latest_invoice": match latest {
                    Some(invoice) if self.expand.latest_invoice => self.invoice(*invoice),
                    Some(invoice) => json!(self.company.billing.invoices[*invoice].id),
                    None => Value::Null,
                },
                "managed_payments": {"enabled": false}, "metadata": {}, "next_pending_invoice_item_invoice": null, "on_behalf_of": null,
                "pause_collection": null,
                "payment_settings": {"payment_method_options": null, "payment_method_types": null, "save_default_payment_method": "off"},
                "pending_invoice_item_interval": null, "pending_setup_intent": null, "pending_update": null, "schedule": null,
                "start_date": subscription.created, "status": status, "test_clock": null, "transfer_data": null,
                "trial_end": subscription.trial_end,
                "trial_settings": {
                    "end_behavior": {"billing_cycle_anchor": null, "missing_payment_method": "create_invoice"}
                },
                "trial_start": subscription.trial_end.map(|_| subscription.created)
            }),
        )
    }

    /// A subscription item.
    pub fn item(&self, position: usize, item: usize) -> Value {
        let subscription = &self.company.subscriptions[position];
        let Some(state) = subscription.state(self.now).or(subscription.states.first()) else { return Value::Null };
        let (price, quantity) = state.lines[item];
        let price = &self.company.catalog.prices[price];
        let until = state.ended_at.map_or(self.now, |end| self.now.min(end - 1));
        let (start, end) = subscription.period(until.max(subscription.created));
        json!({
            "id": subscription.items[item], "object": "subscription_item", "created": subscription.created, "billing_thresholds": null,
            "current_period_start": start, "current_period_end": end, "discounts": [], "metadata": {},
            "plan": self.plan(price), "price": self.price(price), "quantity": quantity, "subscription": subscription.id, "tax_rates": []
        })
    }

    fn discounts(&self, subscription: &Subscription, at: Secs, expanded: bool) -> Value {
        let account = &self.company.accounts[subscription.account];
        let shown = subscription.discount_at(at).map(|discount| {
            if !expanded {
                return json!(discount.id);
            }
            let coupon = &self.company.catalog.coupons[discount.coupon];
            json!({
                "id": discount.id, "object": "discount", "checkout_session": null, "customer": account.customer,
                "customer_account": null, "start": discount.start,
                "end": if coupon.duration == Duration::Once { None } else { discount.end },
                "invoice": null, "invoice_item": null, "promotion_code": null,
                "source": {"coupon": if self.expand.coupon { self.coupon(discount.coupon) } else { json!(coupon.id) }, "type": "coupon"},
                "subscription": subscription.id, "subscription_item": null
            })
        });
        Value::Array(shown.into_iter().collect())
    }

    /// A price.
    pub fn price(&self, price: &Price) -> Value {
        json!({
            "id": price.id, "object": "price", "active": true, "billing_scheme": "per_unit", "created": price.created,
            "currency": price.currency, "custom_unit_amount": null, "livemode": true, "lookup_key": null, "metadata": {},
            "nickname": price.nickname, "product": self.company.catalog.products[price.product].id,
            "recurring": {
                "interval": if price.months == 12 { "year" } else { "month" }, "interval_count": 1, "meter": null,
                "trial_period_days": null, "usage_type": "licensed"
            },
            "tax_behavior": "unspecified", "tiers_mode": null, "transform_quantity": null, "type": "recurring",
            "unit_amount": price.unit_amount(), "unit_amount_decimal": price.unit_amount_decimal()
        })
    }

    fn plan(&self, price: &Price) -> Value {
        json!({
            "id": price.id, "object": "plan", "active": true, "amount": price.unit_amount(),
            "amount_decimal": price.unit_amount_decimal(), "billing_scheme": "per_unit", "created": price.created,
            "currency": price.currency, "interval": if price.months == 12 { "year" } else { "month" }, "interval_count": 1,
            "livemode": true, "metadata": {}, "meter": null, "nickname": price.nickname,
            "product": self.company.catalog.products[price.product].id, "tiers_mode": null, "transform_usage": null,
            "trial_period_days": null, "usage_type": "licensed"
        })
    }

    fn product(&self, position: usize) -> Value {
        let product = &self.company.catalog.products[position];
        json!({
            "id": product.id, "object": "product", "active": true, "created": product.created, "default_price": null,
            "description": null, "images": [], "livemode": true, "marketing_features": [], "metadata": {}, "name": product.name,
            "package_dimensions": null, "shippable": null, "statement_descriptor": null, "tax_code": null, "tax_details": null, "type": "service",
            "unit_label": "seat", "updated": product.created, "url": null
        })
    }

    fn coupon(&self, position: usize) -> Value {
        let coupon = &self.company.catalog.coupons[position];
        let uses = |subscription: &&Subscription| {
            subscription.created <= self.now
                && subscription.discount.as_ref().is_some_and(|used| used.coupon == position)
        };
        let (duration, months) = match coupon.duration {
            Duration::Forever => ("forever", None),
            Duration::Once => ("once", None),
            Duration::Months(months) => ("repeating", Some(months)),
        };
        json!({
            "id": coupon.id, "object": "coupon", "amount_off": null, "created": coupon.created, "currency": null,
            "duration": duration, "duration_in_months": months, "livemode": true, "max_redemptions": null, "metadata": {},
            "name": coupon.name, "percent_off": coupon.percent as f64, "redeem_by": null,
            "times_redeemed": self.company.subscriptions.iter().filter(uses).count(), "valid": true
        })
    }

    /// An invoice, with its first ten lines.
    pub fn invoice(&self, position: usize) -> Value {
        let invoice = &self.company.billing.invoices[position];
        let subscription = &self.company.subscriptions[invoice.subscription];
        let account = &self.company.accounts[subscription.account];
        let happened = |at: Option<Secs>| at.filter(|at| *at <= self.now);
        let finalized = happened(Some(invoice.finalized));
        let (paid, voided) = (happened(invoice.paid), happened(invoice.voided));
        let uncollectible = happened(invoice.uncollectible);
        let status = match () {
            () if voided.is_some() => "void",
            () if paid.is_some() => "paid",
            () if uncollectible.is_some() => "uncollectible",
            () if finalized.is_some() => "open",
            () => "draft",
        };
        let total = invoice.total();
        let due = total.max(0);
        let paid_amount = if paid.is_some() { due } else { 0 };
        let credited: i64 = self.index.notes_of.get(&position).map_or(0, |notes| {
            let notes = notes.iter().map(|note| &self.company.billing.credit_notes[*note]);
            notes.filter(|note| note.created <= self.now).map(|note| note.amount).sum()
        });
        let failures = invoice.failures.iter().filter(|at| **at <= self.now).count();
        let retry = invoice.failures.iter().copied().chain(invoice.paid).find(|at| *at > self.now);
        let lines: Vec<Value> = (0..invoice.lines.len().min(10)).map(|line| self.line(position, line)).collect();
        let discount_ids = self.discounts_of(invoice, self.expand.discounts);
        let amounts = self.discount_amounts(invoice, invoice.discount);
        join(
            json!({
                "id": invoice.id, "object": "invoice", "created": invoice.created, "livemode": self.livemode(subscription.account),
                "account_country": "DE", "account_name": "Northwind Reports", "account_tax_ids": null,
                "amount_due": due, "amount_overpaid": 0, "amount_paid": paid_amount, "amount_remaining": due - paid_amount, "amount_shipping": 0,
                "application": null, "attempt_count": failures + usize::from(paid.is_some() && due > 0),
                "attempted": failures > 0 || paid.is_some(), "auto_advance": status == "draft" || status == "open",
                "automatic_tax": {"enabled": false, "liability": null, "status": null, "disabled_reason": null, "provider": null},
                "automatically_finalizes_at": if status == "draft" { Some(invoice.finalized) } else { None },
                "billing_reason": invoice.reason,
                "collection_method": if account.invoiced { "send_invoice" } else { "charge_automatically" },
                "currency": subscription.currency, "custom_fields": null, "customer": account.customer, "customer_account": null
            }),
            join(
                json!({
                "customer_address": {"city": null, "country": account.country, "line1": null, "line2": null, "postal_code": null, "state": null},
                "customer_email": format!("billing@{}", account.domain), "customer_name": account.name, "customer_phone": null,
                "customer_shipping": null, "customer_tax_exempt": "none", "customer_tax_ids": [], "default_payment_method": null,
                "default_source": null, "default_tax_rates": [], "description": null
                }),
                join(
                    json!({
                        "discounts": discount_ids,
                    "due_date": invoice.due.filter(|_| finalized.is_some()), "effective_at": finalized,
                    "ending_balance": finalized.map(|_| 0), "footer": null, "from_invoice": null, "hosted_invoice_url": null,
                    "invoice_pdf": null, "issuer": {"type": "self"}, "last_finalization_error": null, "latest_revision": null,
                    "lines": {
                        "object": "list", "data": lines, "has_more": invoice.lines.len() > 10, "total_count": invoice.lines.len(),
                        "url": format!("/v1/invoices/{}/lines", invoice.id)
                    },
                    "metadata": {}, "next_payment_attempt": retry.filter(|_| status == "open" && failures > 0),
                    "number": finalized.map(|_| &invoice.number), "on_behalf_of": null,
                    "parent": {
                        "quote_details": null, "type": "subscription_details",
                        "subscription_details": {"metadata": {}, "subscription": subscription.id}
                    }
                    }),
                    json!({
                            "payment_settings": {"default_mandate": null, "payment_method_options": null, "payment_method_types": null},
                        "period_end": invoice.period.1, "period_start": invoice.period.0,
                        "post_payment_credit_notes_amount": credited, "pre_payment_credit_notes_amount": 0, "receipt_number": null,
                        "rendering": null, "shipping_cost": null, "shipping_details": null, "starting_balance": 0,
                        "statement_descriptor": null, "status": status,
                        "status_transitions": {
                            "finalized_at": finalized, "marked_uncollectible_at": uncollectible, "paid_at": paid, "voided_at": voided
                        },
                        "subtotal": invoice.subtotal, "subtotal_excluding_tax": invoice.subtotal, "test_clock": null, "total": total,
                        "total_discount_amounts": amounts, "total_excluding_tax": total, "total_pretax_credit_amounts": [], "total_taxes": [],
                        "webhooks_delivered_at": invoice.created
                    }),
                ),
            ),
        )
    }

    fn discounts_of(&self, invoice: &Invoice, expanded: bool) -> Value {
        if invoice.discount == 0 {
            return json!([]);
        }
        self.discounts(&self.company.subscriptions[invoice.subscription], invoice.created, expanded)
    }

    fn discount_amounts(&self, invoice: &Invoice, amount: i64) -> Value {
        let held = self.company.subscriptions[invoice.subscription].discount_at(invoice.created);
        match held {
            Some(discount) if amount != 0 => json!([{"amount": amount, "discount": discount.id}]),
            _ => json!([]),
        }
    }

    /// A line of an invoice.
    pub fn line(&self, position: usize, line: usize) -> Value {
        let invoice = &self.company.billing.invoices[position];
        let subscription = &self.company.subscriptions[invoice.subscription];
        let line: &Line = &invoice.lines[line];
        let price = &self.company.catalog.prices[line.price];
        let product = &self.company.catalog.products[price.product];
        let name = if line.proration && line.amount < 0 {
            format!("Unused time on {} x {}", line.quantity, product.name)
        } else if line.proration {
            format!("Remaining time on {} x {}", line.quantity, product.name)
        } else {
            format!("{} x {}", line.quantity, product.name)
        };
        let discounts =
            if line.discount == 0 { json!([]) } else { self.discounts_of(invoice, self.expand.line_discounts) };
        json!({
            "id": line.id, "object": "line_item", "amount": line.amount, "currency": subscription.currency, "description": name,
            "discount_amounts": self.discount_amounts(invoice, line.discount), "discountable": !line.proration, "discounts": discounts,
            "invoice": invoice.id, "livemode": self.livemode(subscription.account), "metadata": {},
            "parent": {
                "invoice_item_details": null, "type": "subscription_item_details",
                "subscription_item_details": {
                    "invoice_item": line.proration.then(|| line.id.replace("il_", "ii_")), "proration": line.proration,
                    "proration_details": {"credited_items": null}, "subscription": subscription.id,
                    "subscription_item": subscription.items[line.item]
                }
            },
            "period": {"end": line.period.1, "start": line.period.0}, "pretax_credit_amounts": [],
            "pricing": {
                "price_details": {"price": price.id, "product": product.id}, "type": "price_details",
                "unit_amount_decimal": price.unit_amount_decimal()
            },
            "quantity": line.quantity, "quantity_decimal": line.quantity.to_string(), "subscription": subscription.id,
            "subtotal": line.amount, "taxes": []
        })
    }

    fn payment_method(&self, account: usize) -> String {
        random::id(self.company.world.seed, "pm_1", account as u64, 23)
    }

    fn charge(&self, position: usize) -> Value {
        let charge = &self.company.billing.charges[position];
        let invoice = &self.company.billing.invoices[charge.invoice];
        let subscription = &self.company.subscriptions[invoice.subscription];
        let account = &self.company.accounts[subscription.account];
        let refunded: i64 = self.index.refunds_of.get(&position).map_or(0, |refunds| {
            let refunds = refunds.iter().map(|refund| &self.company.billing.refunds[*refund]);
            refunds.filter(|refund| refund.created <= self.now).map(|refund| refund.amount).sum()
        });
        let total = invoice.total();
        join(
            json!({
                "id": charge.id, "object": "charge", "created": charge.created, "livemode": self.livemode(subscription.account),
                "amount": total, "amount_captured": if charge.succeeded { total } else { 0 }, "amount_refunded": refunded,
                "application": null, "application_fee": null, "application_fee_amount": null,
                "balance_transaction": charge.succeeded.then(|| charge.id.replace("ch_", "txn_")),
                "billing_details": {
                    "address": {"city": null, "country": account.country, "line1": null, "line2": null, "postal_code": null, "state": null},
                    "email": null, "name": account.name, "phone": null, "tax_id": null
                },
                "calculated_statement_descriptor": "NORTHWIND", "captured": charge.succeeded, "currency": subscription.currency,
                "customer": account.customer, "description": "Subscription update", "disputed": false
            }),
            json!({
                "failure_balance_transaction": null, "failure_code": (!charge.succeeded).then_some("card_declined"),
                "failure_message": (!charge.succeeded).then_some("Your card was declined."), "fraud_details": {}, "metadata": {},
                "on_behalf_of": null,
                "outcome": {
                    "advice_code": null, "network_advice_code": null, "network_decline_code": null,
                    "network_status": if charge.succeeded { "approved_by_network" } else { "declined_by_network" },
                    "reason": (!charge.succeeded).then_some("generic_decline"), "risk_level": "normal",
                    "seller_message": if charge.succeeded { "Payment complete." } else { "The bank did not return any further details with this decline." },
                    "type": if charge.succeeded { "authorized" } else { "issuer_declined" }
                },
                "paid": charge.succeeded, "payment_intent": charge.id.replace("ch_", "pi_"), "payment_method": self.payment_method(subscription.account),
                "payment_method_details": {"type": "card", "card": {
                "amount_authorized": if charge.succeeded { Some(total) } else { None }, "authorization_code": null, "brand": "visa",
                "checks": {"address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass"},
                "country": account.country, "electronic_commerce_indicator": null, "exp_month": 8, "exp_year": 2030, "extended_authorization": {"status": "disabled"},
                "fingerprint": "AOB934RVNwzk6xtn", "funding": "credit", "incremental_authorization": {"status": "unavailable"},
                "installments": null, "last4": "4242", "mandate": null, "multicapture": {"status": "unavailable"}, "network": "visa",
                "network_token": {"used": false}, "network_transaction_id": null,
                "overcapture": {"maximum_amount_capturable": total, "status": "unavailable"}, "regulated_status": "unregulated",
                "three_d_secure": null, "transaction_link_id": null, "wallet": null
            }},
                "radar_options": {}, "receipt_email": null, "receipt_number": null, "receipt_url": null,
                "refunded": refunded >= total, "review": null, "shipping": null, "source": null, "source_transfer": null,
                "statement_descriptor": null, "statement_descriptor_suffix": null,
                "status": if charge.succeeded { "succeeded" } else { "failed" }, "transfer_data": null, "transfer_group": null
            }),
        )
    }

    fn refund(&self, position: usize) -> Value {
        let refund = &self.company.billing.refunds[position];
        let charge = &self.company.billing.charges[refund.charge];
        let subscription = &self.company.subscriptions[self.company.billing.invoices[charge.invoice].subscription];
        let account = &self.company.accounts[subscription.account];
        json!({
            "id": refund.id, "object": "refund", "amount": refund.amount, "balance_transaction": refund.id.replace("re_", "txn_"),
            "charge": charge.id, "created": refund.created, "currency": subscription.currency, "customer": account.customer,
            "customer_account": null, "destination_details": {"card": {"type": "refund"}, "type": "card"}, "metadata": {},
            "payment_intent": charge.id.replace("ch_", "pi_"), "payment_method": self.payment_method(subscription.account),
            "reason": refund.reason, "receipt_number": null, "source_transfer_reversal": null, "status": "succeeded", "transfer_reversal": null
        })
    }

    fn credit_note(&self, position: usize) -> Value {
        let note = &self.company.billing.credit_notes[position];
        let invoice = &self.company.billing.invoices[note.invoice];
        let subscription = &self.company.subscriptions[invoice.subscription];
        let account = &self.company.accounts[subscription.account];
        let refunds: Vec<Value> = note.refund.into_iter().map(|refund| {
            json!({"amount_refunded": note.amount, "payment_record_refund": null, "refund": self.company.billing.refunds[refund].id, "type": "refund"})
        }).collect();
        json!({
            "id": note.id, "object": "credit_note", "amount": note.amount, "amount_shipping": 0, "created": note.created,
            "currency": subscription.currency, "customer": account.customer, "customer_account": null,
            "customer_balance_transaction": null, "discount_amount": 0, "discount_amounts": [], "effective_at": note.created,
            "invoice": invoice.id,
            "lines": {
                "object": "list", "has_more": false, "url": format!("/v1/credit_notes/{}/lines", note.id),
                "data": [{
                    "id": note.id.replace("cn_", "cnli_"), "object": "credit_note_line_item", "amount": note.amount,
                    "description": "Correction", "discount_amount": 0, "discount_amounts": [],
                    "livemode": self.livemode(subscription.account), "metadata": {}, "pretax_credit_amounts": [], "quantity": 1,
                    "tax_rates": [], "taxes": [], "type": "custom_line_item", "unit_amount": note.amount,
                    "unit_amount_decimal": note.amount.to_string()
                }]
            },
            "livemode": self.livemode(subscription.account), "memo": null, "metadata": {}, "number": note.number,
            "out_of_band_amount": null, "pdf": format!("https://pay.stripe.com/credit_notes/acct_1/{}/pdf", note.id),
            "post_payment_amount": note.amount, "pre_payment_amount": 0, "pretax_credit_amounts": [], "reason": note.reason,
            "refunds": refunds, "shipping_cost": null, "status": "issued", "subtotal": note.amount,
            "subtotal_excluding_tax": note.amount, "total": note.amount, "total_excluding_tax": note.amount, "total_taxes": [],
            "type": "post_payment", "voided_at": null
        })
    }
}
