// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {BookConfig, OrderKind, OrderRequest} from "../types/Order.sol";
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

    /// @notice The worst tick a request accepts, clipped to the band around the mark (mechanism section 3).
    /// @dev The bound of a market order and the band need not lie on the grid: both are rounded towards the better price for the trader.
    /// May lie outside 1 to MAX_TICK, where nothing rests.
    function limitTick(
        OrderRequest memory request,
        BookConfig memory config,
        uint256 mark
    ) internal pure returns (uint256) {
        uint256 scale = PPM * config.tickSize;
        if (request.buy) return Math.min(_bound(request, config), (mark * (PPM + config.priceBand)) / scale);
        return Math.max(_bound(request, config), Math.ceilDiv(mark * (PPM - config.priceBand), scale));
    }

    /// @notice Reverts with UnsafeBookConfig, naming the rule, if a book must not be run with this configuration.
    function requireSafe(BookConfig memory config) internal pure {
        if (config.tickSize == 0) revert IOrderBook.UnsafeBookConfig("tick size is zero", 0);
        if (config.lotSize == 0) revert IOrderBook.UnsafeBookConfig("lot size is zero", 0);
        if (config.minimumSize == 0 || config.minimumSize % config.lotSize != 0) {
            revert IOrderBook.UnsafeBookConfig("minimum size is not a whole number of lots", config.minimumSize);
        }
        if (config.priceBand == 0 || config.priceBand >= PPM) {
            revert IOrderBook.UnsafeBookConfig("price band is not inside 0 and 100 %", config.priceBand);
        }
    }

    function _bound(OrderRequest memory request, BookConfig memory config) private pure returns (uint256) {
        if (request.kind != OrderKind.MARKET) return tickOf(request.market, request.price, config.tickSize);
        return request.buy ? request.price / config.tickSize : Math.ceilDiv(request.price, config.tickSize);
    }
}
