// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {BookWalk, Walk} from "../libraries/BookWalk.sol";
import {Matching} from "../libraries/Matching.sol";
import {OrderId} from "../libraries/OrderId.sol";
import {OrderQueue} from "../libraries/OrderQueue.sol";
import {BookConfig, BookState, CancelReason, LevelView, MarketBook, Order, OrderView} from "../types/Order.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Orders taken out, and what the views show
/// @notice Cancelling in batches, pruning and views of the order book, linked into it so that its own code stays small.
library BookLogic {
    using OrderId for uint64;

    uint256 private constant WAD = 1e18;
    uint256 private constant PPM = 1e6;

    /// @notice Writes a book's grid and bounds. Reverts with UnsafeBookConfig, naming the rule, if a book must not be run with them.
    function configure(MarketBook storage book, BookConfig memory config_) external {
        if (config_.tickSize == 0) revert IOrderBook.UnsafeBookConfig("tick size is zero", 0);
        if (config_.lotSize == 0) revert IOrderBook.UnsafeBookConfig("lot size is zero", 0);
        if (config_.minimumSize / config_.lotSize > type(uint24).max) {
            revert IOrderBook.UnsafeBookConfig("minimum size is more than 2^24 - 1 lots", config_.minimumSize);
        }
        if (config_.minimumSize == 0 || config_.minimumSize % config_.lotSize != 0) {
            revert IOrderBook.UnsafeBookConfig("minimum size is not a whole number of lots", config_.minimumSize);
        }
        if (config_.priceBand == 0 || config_.priceBand >= PPM) {
            revert IOrderBook.UnsafeBookConfig("price band is not inside 0 and 100 %", config_.priceBand);
        }
        BookState storage state = book.state;
        state.tickSize = config_.tickSize;
        state.lotSize = config_.lotSize;
        state.minimumLots = uint24(config_.minimumSize / config_.lotSize);
        state.priceBand = config_.priceBand;
    }

    /// @dev Cancelled orders of one account that wait for their common release.
    struct Released {
        uint8 market;
        uint32 epoch;
        uint256 bids;
        uint256 asks;
    }

    /// @notice IOrderBook.cancelMany. The ledger checks that the caller may act for the account.
    function cancelMany(
        mapping(uint256 market => MarketBook) storage books,
        IClearingHouse ledger,
        uint32 account,
        uint64[] calldata orderIds,
        CancelReason reason
    ) external returns (uint256 cancelled) {
        Released memory released;
        for (uint256 i = 0; i < orderIds.length; ++i) {
            uint64 id = orderIds[i];
            MarketBook storage book = books[id.marketOf()];
            Order memory resting = book.orders[id].unpack();
            if (resting.size == 0) continue;
            if (resting.account != account) revert IOrderBook.NotOrderOfAccount(id, account);
            if (id.marketOf() != released.market || resting.epoch != released.epoch) {
                _release(ledger, account, released);
                (released.market, released.epoch) = (id.marketOf(), resting.epoch);
            }
            if (id.isBid()) released.bids += resting.size;
            else released.asks += resting.size;
            _remove(book, id, resting, reason);
            ++cancelled;
        }
        _release(ledger, account, released);
    }

    /// @notice IOrderBook.prune for one book.
    function prune(
        MarketBook storage book,
        IClearingHouse ledger,
        uint8 market,
        bool bids,
        uint256 maxOrders
    ) external returns (uint256 removed) {
        BookState memory state = book.state;
        Walk memory walk = BookWalk.start(book, market, bids);
        for (uint256 i = 0; i < maxOrders && walk.tick != 0; ++i) {
            uint64 id = walk.id;
            Order memory resting = BookWalk.current(book, walk);
            bool live = BookWalk.isLive(ledger, walk, resting);
            BookWalk.advance(book, walk, resting);
            if (live) continue;
            _removeVoid(book, state, id, resting);
            ++removed;
        }
        book.state = state;
    }

    /// @notice Removes void orders from the front of a side while a post-only order at `limit` would meet them.
    /// @param maxOrders bound on the work
    /// @return blocked true if a live order, or more void ones than the bound, still crosses
    function clearWay(
        MarketBook storage book,
        IClearingHouse ledger,
        uint8 market,
        bool bids,
        uint256 limit,
        uint256 maxOrders
    ) external returns (bool blocked) {
        BookState memory state = book.state;
        while (Matching.crosses(!bids, limit, OrderQueue.best(state, bids))) {
            Walk memory walk = BookWalk.start(book, market, bids);
            Order memory resting = BookWalk.current(book, walk);
            if (maxOrders == 0 || BookWalk.isLive(ledger, walk, resting)) return true;
            --maxOrders;
            _removeVoid(book, state, walk.id, resting);
            book.state = state;
        }
    }

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
    function order(MarketBook storage book, IClearingHouse ledger, uint64 id) external view returns (OrderView memory) {
        return _view(book, ledger, id, book.orders[id].unpack());
    }

    /// @notice IOrderBook.bookConfig for one book.
    function config(MarketBook storage book) external view returns (BookConfig memory) {
        BookState memory state = book.state;
        return BookConfig(state.tickSize, state.lotSize, uint96(state.minimumLots) * state.lotSize, state.priceBand);
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
        uint256 count;
        while (walk.tick != 0) {
            Order memory resting = BookWalk.current(book, walk);
            if (BookWalk.isLive(ledger, walk, resting)) {
                uint256 price = walk.tick * walk.tickSize;
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

    /// @notice A page of the queue at one tick, from `cursor` or from its head. See IOrderBook.ordersAt.
    function ordersAt(
        MarketBook storage book,
        IClearingHouse ledger,
        uint8 market,
        bool bids,
        uint24 tick,
        uint32 cursor,
        uint256 limit
    ) external view returns (OrderView[] memory page, uint32 next) {
        uint32 last = OrderQueue.sideOf(book, bids).levels[tick].last;
        uint32 index = cursor == 0 ? OrderQueue.sideOf(book, bids).levels[tick].first : cursor;
        page = new OrderView[](limit);
        uint256 count;
        while (index != 0 && count != limit) {
            uint64 id = OrderId.encode(market, bids, tick, index);
            Order memory resting = book.orders[id].unpack();
            if (resting.size == 0) return (_cut(page, count), 0);
            page[count++] = _view(book, ledger, id, resting);
            if (index == last) index = 0;
            else index = resting.next == 0 ? index + 1 : resting.next;
        }
        return (_cut(page, count), index);
    }

    function _remove(MarketBook storage book, uint64 id, Order memory resting, CancelReason reason) private {
        if (OrderQueue.remove(book, id, resting)) {
            BookState memory state = book.state;
            bool bids = id.isBid();
            if (OrderQueue.close(OrderQueue.sideOf(book, bids), state, bids, id.tickOf())) book.state = state;
        }
        emit IOrderBook.OrderCancelled(id, reason);
    }

    /// @dev One ledger call for all orders of one market and epoch.
    function _release(IClearingHouse ledger, uint32 account, Released memory released) private {
        if (released.bids + released.asks == 0) return;
        ledger.release(account, released.market, released.bids, released.asks, released.epoch, msg.sender);
        (released.bids, released.asks) = (0, 0);
    }

    function _removeVoid(MarketBook storage book, BookState memory state, uint64 id, Order memory resting) private {
        bool bids = id.isBid();
        if (OrderQueue.remove(book, id, resting)) {
            OrderQueue.close(OrderQueue.sideOf(book, bids), state, bids, id.tickOf());
        }
        emit IOrderBook.OrderCancelled(id, CancelReason.VOID);
    }

    function _cut(OrderView[] memory page, uint256 length) private pure returns (OrderView[] memory) {
        assembly ("memory-safe") {
            mstore(page, length)
        }
        return page;
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
        uint256 left = notional;
        uint256 base;
        for (uint256 i = 0; i < maxOrders && walk.tick != 0; ++i) {
            Order memory resting = BookWalk.current(book, walk);
            if (BookWalk.isLive(ledger, walk, resting)) {
                uint256 price = walk.tick * walk.tickSize;
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
        uint64 id,
        Order memory resting
    ) private view returns (OrderView memory shown) {
        if (resting.size == 0) return shown;
        shown.orderId = id;
        shown.account = resting.account;
        shown.buy = id.isBid();
        shown.reduceOnly = resting.reduceOnly;
        shown.live = ledger.orderEpoch(resting.account, id.marketOf()) == resting.epoch;
        shown.price = uint128(uint256(id.tickOf()) * book.state.tickSize);
        shown.size = resting.size;
        shown.epoch = resting.epoch;
    }
}
