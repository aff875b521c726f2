package api

import (
	"context"
	"net/http"

	"xiaobao/internal/access"
	"xiaobao/internal/party"
	"xiaobao/internal/review/catalog"
	"xiaobao/internal/storage"
)

const tagProduct = "Product register"

type productsIn struct {
	Line  string `query:"line" maxLength:"40"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

// ProductIn is a product in the address.
type ProductIn struct {
	Product string `path:"product" maxLength:"40"`
}

type setProductIn struct {
	ProductIn
	Raw
}

// ProductsView is products by line and id.
type ProductsView struct {
	Products []catalog.Product `json:"products"`
}

// ProductView is a product with what the house knows of it.
type ProductView struct {
	Product    catalog.Product   `json:"product"`
	Reviews    []ReviewRowView   `json:"reviews" doc:"In reach, newest first"`
	Complaints []ReasonCountView `json:"complaints" doc:"Of the last year in reach, by reason"`
	Changes    []catalog.Set     `json:"changes"`
}

// ReasonCountView is how many complaints have a reason.
type ReasonCountView struct {
	Reason string `json:"reason"`
	Cases  int    `json:"cases"`
}

func (s *rest) products() {
	answer(s, get("/products", "list-products", tagProduct, "Products (产品登记簿)", access.ReadProduct, "Products"),
		func(ctx context.Context, who party.Actor, in *productsIn) (*out[ProductsView], error) {
			return s.productsOf(ctx, who, in.Line, "", in.Limit)
		})
	take(s, post("/products/search", "search-products", tagProduct, "Products by the beginning of id, name or issuer (检索产品)", access.ReadProduct, "Products").reads().says(inBody), s.searchProducts)
	answer(s, get("/products/{product}", "get-product", tagProduct, "A product with its reviews and complaints (产品)", access.ReadProduct, "Product"),
		func(ctx context.Context, who party.Actor, in *ProductIn) (*out[ProductView], error) {
			p, err := s.Product(ctx, who, in.Product)
			if err != nil {
				return nil, err
			}
			return body(ProductView{Product: p.Product, Reviews: each(p.Reviews, func(r storage.ReviewRow) ReviewRowView { return reviewRowView(r, p.Org) }),
				Complaints: each(p.Complaints, func(r storage.ReasonCount) ReasonCountView { return ReasonCountView(r) }), Changes: each(p.History, func(c catalog.Set) catalog.Set { return c })}), nil
		})
	take(s, put("/products/{product}", "set-product", tagProduct, "Enter a product or change one (登记产品)", access.ManageProduct, "SetProduct").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *setProductIn, p catalog.Product) (*done, error) {
			if err := sameID("id", p.ID, in.Product); err != nil {
				return nil, err
			}
			p.ID = in.Product
			return &done{}, s.SetProduct(ctx, who, p)
		})
}
