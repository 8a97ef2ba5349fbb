package ingest

// Ecommerce are the aliases of the well-known e-commerce events of the Segment and RudderStack
// specifications (version 2). Amounts there are in the currency's main unit, also as text; here
// money is in hundredths of it (fen), whatever the currency, which is kept beside it.
func Ecommerce() []Alias {
	items := PropertyAlias{From: []string{"products"}, To: "items", Items: product}
	order := append([]PropertyAlias{
		{From: []string{"total", "revenue", "value"}, To: "amount_fen", Form: AsFen},
		{From: []string{"revenue"}, To: "revenue_fen", Form: AsFen},
		items,
	}, amounts...)
	cart := []PropertyAlias{fen("value"), items}
	coupon := []PropertyAlias{fen("discount")}
	return []Alias{
		{From: "Order Completed", To: "order.paid", Props: order},
		{From: "Order Updated", To: "order.updated", Props: order},
		{From: "Order Refunded", To: "order.refunded", Props: order},
		{From: "Order Cancelled", To: "order.cancelled", Props: order},
		{From: "Checkout Started", To: "checkout.started", Props: order},
		{From: "Checkout Step Viewed", To: "checkout.step_viewed"},
		{From: "Checkout Step Completed", To: "checkout.step_completed"},
		{From: "Payment Info Entered", To: "checkout.payment_entered"},

		{From: "Products Searched", To: "product.searched"},
		{From: "Product List Viewed", To: "product.list_viewed", Props: []PropertyAlias{items}},
		{From: "Product List Filtered", To: "product.list_filtered", Props: []PropertyAlias{items}},
		{From: "Product Clicked", To: "product.clicked", Props: product},
		{From: "Product Viewed", To: "product.viewed", Props: product},
		{From: "Product Shared", To: "product.shared", Props: product},
		{From: "Product Reviewed", To: "product.reviewed"},

		{From: "Product Added", To: "cart.added", Props: product},
		{From: "Product Removed", To: "cart.removed", Props: product},
		{From: "Cart Viewed", To: "cart.viewed", Props: cart},
		{From: "Cart Shared", To: "cart.shared", Props: cart},

		{From: "Product Added to Wishlist", To: "wishlist.added", Props: product},
		{From: "Product Removed from Wishlist", To: "wishlist.removed", Props: product},
		{From: "Wishlist Product Added to Cart", To: "wishlist.moved_to_cart", Props: product},

		{From: "Coupon Entered", To: "coupon.entered"},
		{From: "Coupon Applied", To: "coupon.applied", Props: coupon},
		{From: "Coupon Denied", To: "coupon.denied"},
		{From: "Coupon Removed", To: "coupon.removed", Props: coupon},
		{From: "Promotion Viewed", To: "promotion.viewed"},
		{From: "Promotion Clicked", To: "promotion.clicked"},
	}
}

func fen(name string) PropertyAlias {
	return PropertyAlias{From: []string{name}, To: name + "_fen", Form: AsFen}
}

var (
	product = []PropertyAlias{
		fen("price"), fen("value"),
		{From: []string{"quantity"}, To: "quantity", Form: AsInt},
	}
	amounts = []PropertyAlias{fen("subtotal"), fen("shipping"), fen("tax"), fen("discount")}
)
