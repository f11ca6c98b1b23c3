// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {BookWalk, Walk} from "../libraries/BookWalk.sol";
import {Matching} from "../libraries/Matching.sol";
import {LevelView, MarketBook, Order, OrderView} from "../types/Order.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title What a book looks like without its void orders
/// @notice Views of the order book, linked into it so that its own code stays small.
library BookViews {
    uint256 private constant WAD = 1e18;

    /// @notice IOrderBook.impactPrices for one book.
    function impactPrices(
        MarketBook storage book,
        IClearingHouse ledger,
        uint8 market,
        uint256 notional,
        uint256 maxOrders
    ) external view returns (uint256 impactBid, uint256 impactAsk) {
        impactBid = _impact(book, ledger, BookWalk.start(book, market, true), notional, maxOrders);
        impactAsk = _impact(book, ledger, BookWalk.start(book, market, false), notional, maxOrders);
    }

    /// @notice IOrderBook.order for one book; all zero if the order does not exist.
    function order(
        MarketBook storage book,
        IClearingHouse ledger,
        uint8 market,
        uint32 number
    ) external view returns (OrderView memory) {
        return _view(book, ledger, market, number, book.orders[number].unpack());
    }

    /// @notice Up to `maxLevels` levels with live orders, best first.
    function depth(
        MarketBook storage book,
        IClearingHouse ledger,
        uint8 market,
        bool bids,
        uint256 maxLevels
    ) external view returns (LevelView[] memory levels) {
        Walk memory walk = BookWalk.start(book, market, bids);
        levels = new LevelView[](maxLevels);
        uint256 tickSize = book.config.tickSize;
        uint256 count;
        while (walk.tick != 0) {
            Order memory resting = book.orders[walk.number].unpack();
            if (BookWalk.isLive(ledger, walk, resting)) {
                uint256 price = walk.tick * tickSize;
                if (count == 0 || levels[count - 1].price != price) {
                    if (count == maxLevels) break;
                    levels[count++].price = price;
                }
                levels[count - 1].size += resting.size;
                ++levels[count - 1].orders;
            }
            BookWalk.advance(book, walk, resting);
        }
        assembly ("memory-safe") {
            mstore(levels, count)
        }
    }

    /// @notice A page of the queue at the walk's tick, from the order the walk stands at.
    function ordersAt(
        MarketBook storage book,
        IClearingHouse ledger,
        Walk memory walk,
        uint256 limit
    ) external view returns (OrderView[] memory page, uint32 next) {
        page = new OrderView[](limit);
        uint256 count;
        next = walk.number;
        while (next != 0 && count != limit) {
            Order memory resting = book.orders[next].unpack();
            if (resting.size == 0 || resting.tick != walk.tick || resting.isBuy() != walk.bids) {
                next = 0;
                break;
            }
            page[count++] = _view(book, ledger, walk.market, next, resting);
            next = next == walk.tail ? 0 : resting.next;
        }
        assembly ("memory-safe") {
            mstore(page, count)
        }
    }

    /// @notice Average price at which `notional` (quote, WAD) would trade against a side; 0 if `maxOrders` orders cannot absorb it.
    /// @dev Rounded against the taker: down for bids, up for asks.
    function _impact(
        MarketBook storage book,
        IClearingHouse ledger,
        Walk memory walk,
        uint256 notional,
        uint256 maxOrders
    ) private view returns (uint256) {
        uint256 tickSize = book.config.tickSize;
        uint256 left = notional;
        uint256 base;
        for (uint256 i = 0; i < maxOrders && walk.tick != 0; ++i) {
            Order memory resting = book.orders[walk.number].unpack();
            if (BookWalk.isLive(ledger, walk, resting)) {
                uint256 price = walk.tick * tickSize;
                uint256 value = (resting.size * price) / WAD;
                if (value >= left) {
                    base += Math.mulDiv(left, WAD, price, walk.bids ? Math.Rounding.Ceil : Math.Rounding.Floor);
                    if (base == 0) return 0;
                    return Math.mulDiv(notional, WAD, base, walk.bids ? Math.Rounding.Floor : Math.Rounding.Ceil);
                }
                left -= value;
                base += resting.size;
            }
            BookWalk.advance(book, walk, resting);
        }
        return 0;
    }

    /// @notice A resting order as views show it.
    function _view(
        MarketBook storage book,
        IClearingHouse ledger,
        uint8 market,
        uint32 number,
        Order memory resting
    ) private view returns (OrderView memory shown) {
        if (resting.size == 0) return shown;
        shown.orderId = Matching.idOf(market, number);
        shown.account = resting.account;
        shown.buy = resting.isBuy();
        shown.reduceOnly = resting.isReduceOnly();
        shown.live = Matching.isLive(ledger, market, resting);
        shown.price = uint128(resting.tick * uint256(book.config.tickSize));
        shown.size = resting.size;
        shown.epoch = resting.epoch;
    }
}
