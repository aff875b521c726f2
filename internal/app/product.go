package app

import (
	"context"

	"xiaobao/internal/access"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/review/catalog"
	"xiaobao/internal/storage"
)

// ProductPage is a product with what the house knows of it.
type ProductPage struct {
	Product    catalog.Product
	Org        *Org
	Reviews    []storage.ReviewRow   // in the reader's reach, newest first
	Complaints []storage.ReasonCount // of a year, in the reader's reach; nil without permission or code
	History    []catalog.Set
	Edit       bool
}

// productYear is how many days back complaints of a product are counted.
const productYear = 365

// SetProduct enters a product or changes one.
func (a *App) SetProduct(ctx context.Context, who party.Actor, p catalog.Product) error {
	if err := access.Can(who, access.ManageProduct, access.Target{}).Err(); err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		old, _, err := tx.Product(p.ID)
		if err != nil {
			return err
		}
		org, err := a.orgIn(tx)
		if err != nil {
			return err
		}
		s, err := catalog.Change(old, p, Lines(), productCodes(), org.Tree)
		if err != nil {
			return err
		}
		return tx.SetProduct(who.ID, s)
	})
}

// Lines are the business lines of products, as the review form names them.
func Lines() []string {
	var out []string
	for _, k := range review.MaterialKinds() {
		for _, f := range k.Form() {
			if f.ID == "line" && len(out) == 0 {
				for _, o := range f.Options {
					out = append(out, o.ID)
				}
			}
		}
	}
	return out
}

func productCodes() []string {
	var out []string
	for _, c := range complaint.Book().Products {
		out = append(out, c.ID)
	}
	return out
}

// Products lists products of a line whose id, name or issuer begins with the query.
func (a *App) Products(ctx context.Context, who party.Actor, line, query string, limit int) ([]catalog.Product, error) {
	if err := access.Can(who, access.ReadProduct, access.Target{}).Err(); err != nil {
		return nil, err
	}
	var out []catalog.Product
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		out, err = tx.Products(line, query, min(max(limit, 1), 500))
		return err
	})
	return out, err
}

// Product returns a product with its reviews and complaints in the reader's reach.
func (a *App) Product(ctx context.Context, who party.Actor, id string) (ProductPage, error) {
	var p ProductPage
	if err := access.Can(who, access.ReadProduct, access.Target{}).Err(); err != nil {
		return p, err
	}
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		var ok bool
		var err error
		if p.Product, ok, err = tx.Product(id); err != nil {
			return err
		}
		if !ok {
			return fault.New(fault.NotFound, "产品登记簿里没有 %s", id)
		}
		if p.Org, err = a.orgIn(tx); err != nil {
			return err
		}
		if p.History, err = productHistory(tx, id); err != nil {
			return err
		}
		if access.May(who, access.ReadReview) {
			if p.Reviews, _, err = tx.Reviews(storage.ReviewFilter{Who: who, Today: a.Today(), Product: id, Limit: 50}); err != nil {
				return err
			}
		}
		p.Complaints, err = a.complaintsOf(tx, who, p.Product.Code)
		return err
	})
	p.Edit = access.May(who, access.ManageProduct)
	return p, err
}

func productHistory(tx *storage.Tx, id string) ([]catalog.Set, error) {
	events, err := tx.Load(storage.ProductStream(id))
	if err != nil {
		return nil, err
	}
	out := make([]catalog.Set, len(events))
	for i, e := range events {
		if err := tx.Decode(e, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (a *App) complaintsOf(tx *storage.Tx, who party.Actor, code string) ([]storage.ReasonCount, error) {
	if code == "" || !access.May(who, access.ReadComplaint) {
		return nil, nil
	}
	return tx.ComplaintsOfProduct(who, code, a.Today().AddDays(-productYear))
}
