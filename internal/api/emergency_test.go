package api_test

import (
	"net/http/httptest"
	"testing"

	"bilin/internal/api"
)

// Orders, reports and alerts are the last to be turned away.
func TestEmergency(t *testing.T) {
	for target, want := range map[string]bool{
		"/api/v1/orders": true, "/api/v1/orders?state=active": true, "/api/v1/orders/L2600017/cancel": true, "/api/v1/gateway/reports": true, "/api/v1/cap": true,
		"/api/v1/orders2": false, "/api/v1/gateway": false, "/api/v1/capital": false, "/api/v1/demands": false, "/api/v1/hotline/orders": false, "/open311/v2/requests.json": false,
	} {
		if got := api.Emergency(httptest.NewRequest("POST", target, nil)); got != want {
			t.Errorf("%s: %v", target, got)
		}
	}
}
