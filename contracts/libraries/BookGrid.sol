// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {BookState, OrderKind, OrderRequest} from "../types/Order.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title From prices to ticks
library BookGrid {
    uint256 internal constant MAX_TICK = type(uint24).max;
    uint256 private constant PPM = 1e6;

    /// @notice The tick of a price. Reverts with InvalidPrice unless the price lies on the grid.
    function tickOf(uint8 market, uint256 price, uint256 tickSize) internal pure returns (uint256 tick) {
        tick = price / tickSize;
        if (tick == 0 || tick > MAX_TICK || tick * tickSize != price) {
            revert IOrderBook.InvalidPrice(market, price, tickSize);
        }
    }

    /// @notice The worst tick a request accepts, clipped to the band around the mark (mechanism section 3) and to the guard's.
    /// @dev The bound of a market order and the bands need not lie on the grid: all are rounded towards the better price for the trader.
    /// May lie outside 1 to MAX_TICK, where nothing rests.
    /// @param low lowest price the market guard lets trade
    /// @param high highest price the market guard lets trade
    function limitTick(
        OrderRequest memory request,
        BookState memory state,
        uint256 mark,
        uint256 low,
        uint256 high
    ) internal pure returns (uint256) {
        uint256 tickSize = state.tickSize;
        if (request.buy) {
            high = Math.min(high, (mark * (PPM + state.priceBand)) / PPM);
            return Math.min(_bound(request, state), high / tickSize);
        }
        low = Math.max(low, Math.ceilDiv(mark * (PPM - state.priceBand), PPM));
        return Math.max(_bound(request, state), Math.ceilDiv(low, tickSize));
    }

    function _bound(OrderRequest memory request, BookState memory state) private pure returns (uint256) {
        if (request.kind != OrderKind.MARKET) return tickOf(request.market, request.price, state.tickSize);
        return request.buy ? request.price / state.tickSize : Math.ceilDiv(request.price, state.tickSize);
    }
}
