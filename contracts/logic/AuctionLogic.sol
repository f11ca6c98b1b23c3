// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IMarketGuard} from "../interfaces/IMarketGuard.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {BookGrid} from "../libraries/BookGrid.sol";
import {PPM} from "../libraries/FixedMath.sol";
import {Matching, Taker} from "../libraries/Matching.sol";
import {OrderId} from "../libraries/OrderId.sol";
import {OrderQueue} from "../libraries/OrderQueue.sol";
import {
    Auction,
    AuctionStage,
    BookState,
    CancelReason,
    Level,
    MarketBook,
    Order,
    OrderKind,
    OrderRequest
} from "../types/Order.sol";
import {MarkPrice} from "../oracle/MarkPrice.sol";
import {Action, Phase, Price, Validity} from "../types/Price.sol";
import {Fill, Trade} from "../types/Trade.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title What the book does while the market guard holds a market, and the call auction that reopens it
/// @notice Mechanism section 5, linked into the order book so that its own code stays small. The auction counts the crossing
/// orders, deals at one price, and takes out what still lies across: three stages, each resumable at any order. Anyone may call for
/// it, and whoever sends the next order does it on the way, so that no market waits for a call that nobody is paid for.
/// @dev From the end of the collection to the reopening no order is added, so the book only shrinks under the stages: an order
/// that is cancelled meanwhile is passed over, wherever the counting stands.
library AuctionLogic {
    using OrderId for uint64;

    uint256 private constant WAD = 1e18;

    /// @notice Most orders of an ended auction that the next order clears away before it is dealt with itself.
    uint256 internal constant CARRIED = 32;

    /// @dev What one call works with. `left`: resting orders it may still meet.
    struct Run {
        uint8 market;
        IClearingHouse ledger;
        uint256 left;
        BookState state;
        Auction auction;
    }

    /// @dev One order of the longer side on its way. `free`: what of it is released and not dealt.
    struct Taking {
        uint64 id;
        Order order;
        Taker taker;
        uint96 free;
        bool refused;
    }

    /// @notice What a market in an auction is to whoever sends the next order. Collecting, it stays an auction. Once the collection
    /// has ended, the order carries on the clearing, by so many orders; if that ends it, or somebody ended it in this very block,
    /// the order finds the market as if LIMITED: trading inside the guard's band around the price it reopened at.
    /// @dev Reverts with AuctionClearing if the clearing cannot go on because the index is not VALID.
    function enter(
        MarketBook storage book,
        IClearingHouse ledger,
        IMarkPrice markPrice,
        uint8 market,
        Price memory price
    ) external returns (Phase) {
        IMarketGuard guard = markPrice.guard();
        uint256 end = guard.auctionEnd(market);
        if (end == 0) return Phase.LIMITED;
        if (block.timestamp < end) return Phase.AUCTION;
        if (price.validity != Validity.VALID) revert IOrderBook.AuctionClearing(market);
        return
            _clear(book, Run(market, ledger, CARRIED, book.state, book.auction), guard, markPrice, price.index)
                ? Phase.LIMITED
                : Phase.AUCTION;
    }

    /// @notice The worst tick a request accepts in a market that is held, 0 for one that finds the clearing of an auction unfinished
    /// and lapses. Reverts as IOrderBook.place says if the phase does not take it.
    function admit(
        MarketBook storage book,
        IMarkPrice markPrice,
        OrderRequest memory request,
        Price memory price
    ) external view returns (uint256 tick) {
        OrderKind kind = request.kind;
        IMarketGuard guard = markPrice.guard();
        if (price.phase == Phase.AUCTION) {
            if (block.timestamp >= guard.auctionEnd(request.market)) return _lapsing(request.market, kind);
            if (kind != OrderKind.LIMIT && kind != OrderKind.POST_ONLY) {
                revert IOrderBook.NoTakersInAuction(request.market, kind);
            }
        } else if (price.phase != Phase.LIMITED && !request.reduceOnly && kind != OrderKind.POST_ONLY) {
            revert IOrderBook.OpeningHalted(request.market, price.phase);
        }
        (uint256 low, uint256 high) = price.phase == Phase.AUCTION
            ? _clearingBand(guard, markPrice, request.market, price.index)
            : guard.tradingBand(request.market, price.phase, price.index);
        if (_mayReachMark(request, price.phase)) {
            (low, high) = (Math.min(low, price.mark), Math.max(high, price.mark));
        }
        return BookGrid.limitTick(request, book.state, price.mark, low, high);
    }

    /// @notice See IOrderBook.uncross.
    function uncross(
        MarketBook storage book,
        IClearingHouse ledger,
        IMarkPrice markPrice,
        uint8 market,
        uint256 maxOrders
    ) external returns (bool done) {
        Price memory price = markPrice.priceFor(market, Action.OPEN);
        IMarketGuard guard = markPrice.guard();
        uint256 end = _requireEnded(guard, market, price.phase);
        if (block.timestamp < end) revert IOrderBook.AuctionNotOver(market, end);
        // An order that takes and one it meets: less would get nowhere.
        uint256 most = Math.max(maxOrders, 2);
        return _clear(book, Run(market, ledger, most, book.state, book.auction), guard, markPrice, price.index);
    }

    // ---- what an order finds -----------------------------------------------------------------------------------------

    /// @dev Where the index has left a quiet book far behind, the guard's band around the book's average and the price band around the
    /// mark have no price in common. Who closes, and who makes a price for that, may then go as far as the mark, which no book sets
    /// beyond its own band around the index: closing is possible whatever the state of the guard (property P14).
    function _mayReachMark(OrderRequest memory request, Phase phase) private pure returns (bool) {
        if (phase != Phase.LIMITED && phase != Phase.PAUSED) return false;
        return request.reduceOnly || request.kind == OrderKind.POST_ONLY;
    }

    /// @dev An order that must trade or rest whole fails rather than lapse, and what it cleared fails with it.
    function _lapsing(uint8 market, OrderKind kind) private pure returns (uint256) {
        if (kind == OrderKind.POST_ONLY || kind == OrderKind.FILL_OR_KILL) revert IOrderBook.AuctionClearing(market);
        return 0;
    }

    // ---- the stages --------------------------------------------------------------------------------------------------

    function _clear(
        MarketBook storage book,
        Run memory run,
        IMarketGuard guard,
        IMarkPrice markPrice,
        uint256 index
    ) private returns (bool done) {
        uint8 market = run.market;
        if (run.auction.stage == AuctionStage.COLLECTING) {
            (uint256 low, uint256 high) = _clearingBand(guard, markPrice, market, index);
            _begin(book, run, index, low, high);
        }
        if (run.auction.stage == AuctionStage.PRICING) _count(book, run);
        if (run.auction.stage == AuctionStage.PRICING && run.left != 0) {
            _fixPrice(run, guard.configOf(market).minimumVolume);
        }
        if (run.auction.stage == AuctionStage.MATCHING) _deal(book, run);
        if (run.auction.stage == AuctionStage.LAPSING) done = _lapse(book, run);
        book.state = run.state;
        book.auction = run.auction;
        if (!done) return false;

        uint256 cleared = _priceOf(run);
        uint256 executed = run.auction.executed;
        delete book.auction;
        bool counts = _isEnough(executed, cleared, guard.configOf(market).minimumVolume);
        guard.reopen(market, counts ? cleared : index, index);
        emit IOrderBook.AuctionCleared(market, cleared, executed);
    }

    // ---- the price ---------------------------------------------------------------------------------------------------

    function _requireEnded(IMarketGuard guard, uint8 market, Phase phase) private view returns (uint256 end) {
        if (address(guard) == address(0) || phase != Phase.AUCTION) revert IOrderBook.NoAuction(market, phase);
        end = guard.auctionEnd(market);
        // Reopened in this very block: its price still says auction, the next block's will not.
        if (end == 0) revert IOrderBook.NoAuction(market, Phase.OPEN);
    }

    /// @dev Where an auction may clear: in the guard's band around the index, and no farther from it than the mark may be. A thin
    /// book that sets the price the market reopens at can then move nobody's value by more than the mark's band lets it.
    function _clearingBand(
        IMarketGuard guard,
        IMarkPrice markPrice,
        uint8 market,
        uint256 index
    ) private view returns (uint256 low, uint256 high) {
        (low, high) = guard.tradingBand(market, Phase.AUCTION, index);
        (uint256 band, ) = markPrice.limitsOf(market);
        low = Math.max(low, Math.ceilDiv(index * (PPM - band), PPM));
        high = Math.min(high, (index * (PPM + band)) / PPM);
    }

    function _begin(MarketBook storage book, Run memory run, uint256 index, uint256 low, uint256 high) private view {
        Auction memory auction = run.auction;
        uint256 tickSize = run.state.tickSize;
        auction.index = _tick((index + tickSize / 2) / tickSize);
        // A band narrower than a tick leaves the index alone.
        auction.low = uint24(Math.min(_tick(Math.ceilDiv(low, tickSize)), auction.index));
        auction.high = uint24(Math.max(_tick(high / tickSize), auction.index));
        auction.bid = _first(book, run, true, OrderQueue.best(run.state, true));
        auction.ask = _first(book, run, false, OrderQueue.best(run.state, false));
        auction.stage = AuctionStage.PRICING;
    }

    /// @dev Pairs bids and asks from their best on. What can be paired is the largest volume any price gives, and the prices that
    /// give it lie between the last ask and the last bid paired. Leaves `left` at 0 only if there may be more to count.
    function _count(MarketBook storage book, Run memory run) private view {
        Auction memory auction = run.auction;
        while (run.left != 0) {
            Order memory bid = _stand(book, run, true);
            if (run.left == 0) return;
            Order memory ask = _stand(book, run, false);
            if (run.left == 0 || auction.bid == 0 || auction.ask == 0) return;
            uint256 bidTick = Math.min(auction.bid.tickOf(), auction.high);
            uint256 askTick = Math.max(auction.ask.tickOf(), auction.low);
            if (bidTick < askTick) return;
            --run.left;
            if (bid.account == ask.account) {
                _next(book, run, false, ask);
                continue;
            }
            (auction.lastBid, auction.lastAsk) = (uint24(bidTick), uint24(askTick));
            uint96 size = uint96(Math.min(bid.size - auction.bidUsed, ask.size - auction.askUsed));
            auction.counted += size;
            auction.bidUsed += size;
            auction.askUsed += size;
            if (auction.bidUsed == bid.size) _next(book, run, true, bid);
            if (auction.askUsed == ask.size) _next(book, run, false, ask);
        }
    }

    /// @dev The longer side is the one with an order paired in part, or else the one that still crosses the price.
    function _fixPrice(Run memory run, uint256 minimum) private {
        Auction memory auction = run.auction;
        uint256 clearing = Math.max(auction.lastAsk, Math.min(auction.lastBid, auction.index));
        if (auction.counted == 0) clearing = auction.index;
        if (!_isEnough(auction.counted, clearing * run.state.tickSize, minimum)) {
            clearing = auction.index;
        }
        auction.clearing = uint24(clearing);
        auction.bidsTake = auction.bidUsed != 0 || (auction.bid != 0 && auction.bid.tickOf() >= clearing);
        auction.stage = AuctionStage.MATCHING;
        emit IOrderBook.AuctionPriced(run.market, _priceOf(run), auction.counted);
    }

    /// @dev Moves a cursor on to the first live order from where it stands that the band lets trade, or to the end.
    function _stand(MarketBook storage book, Run memory run, bool bids) private view returns (Order memory order) {
        Auction memory auction = run.auction;
        while (run.left != 0) {
            uint64 id = bids ? auction.bid : auction.ask;
            if (id == 0) return order;
            if (bids ? id.tickOf() < auction.low : id.tickOf() > auction.high) {
                _move(auction, bids, 0);
                return order;
            }
            order = book.orders[id].unpack();
            if (order.size != 0 && run.ledger.orderEpoch(order.account, run.market) == order.epoch) return order;
            --run.left;
            if (order.size != 0) _next(book, run, bids, order);
            else _move(auction, bids, _afterGone(book, run, bids, id));
        }
    }

    function _next(MarketBook storage book, Run memory run, bool bids, Order memory order) private view {
        uint64 id = bids ? run.auction.bid : run.auction.ask;
        uint32 index = id.indexOf();
        if (index == OrderQueue.sideOf(book, bids).levels[id.tickOf()].last) {
            _move(run.auction, bids, _worse(book, run, bids, id.tickOf()));
        } else {
            _move(run.auction, bids, id.withIndex(order.next == 0 ? index + 1 : order.next));
        }
    }

    /// @dev Where to look for the successor of an order that left the book since the last call: its links left with it, but indices
    /// of a level rise in order of time.
    function _afterGone(MarketBook storage book, Run memory run, bool bids, uint64 id) private view returns (uint64) {
        Level memory level = OrderQueue.sideOf(book, bids).levels[id.tickOf()];
        uint32 index = id.indexOf();
        if (level.first == 0 || index >= level.last) return _worse(book, run, bids, id.tickOf());
        return id.withIndex(level.first > index ? level.first : index + 1);
    }

    function _worse(MarketBook storage book, Run memory run, bool bids, uint24 tick) private view returns (uint64) {
        return _first(book, run, bids, OrderQueue.worse(OrderQueue.sideOf(book, bids), bids, tick));
    }

    function _first(MarketBook storage book, Run memory run, bool bids, uint24 tick) private view returns (uint64) {
        if (tick == 0) return 0;
        return OrderId.encode(run.market, bids, tick, OrderQueue.sideOf(book, bids).levels[tick].first);
    }

    function _move(Auction memory auction, bool bids, uint64 id) private pure {
        if (bids) (auction.bid, auction.bidUsed) = (id, 0);
        else (auction.ask, auction.askUsed) = (id, 0);
    }

    // ---- the deal ----------------------------------------------------------------------------------------------------

    /// @dev Lets the longer side's orders take, in price-time order, until no two orders cross the price.
    function _deal(MarketBook storage book, Run memory run) private {
        bool buy = run.auction.bidsTake;
        uint256 clearing = run.auction.clearing;
        while (run.left != 0) {
            uint24 tick = OrderQueue.best(run.state, buy);
            bool crossing = Matching.crosses(!buy, clearing, tick);
            if (!crossing || !Matching.crosses(buy, clearing, OrderQueue.best(run.state, !buy))) {
                run.auction.stage = AuctionStage.LAPSING;
                return;
            }
            --run.left;
            uint64 id = _first(book, run, buy, tick);
            Order memory order = book.orders[id].unpack();
            if (run.ledger.orderEpoch(order.account, run.market) != order.epoch) {
                _remove(book, run, id, order);
                emit IOrderBook.OrderCancelled(id, CancelReason.VOID);
            } else {
                _take(book, run, id, order);
            }
        }
    }

    /// @dev One order takes what crosses. What it is about to take is released before the ledger settles it, for the ledger would
    /// count it twice; what it then did not get is reserved again. An order whose account fails is cancelled; the makers it would
    /// have met stay as they were.
    function _take(MarketBook storage book, Run memory run, uint64 id, Order memory order) private {
        Taking memory taking;
        taking.id = id;
        taking.order = order;
        Taker memory taker = taking.taker;
        taker.market = run.market;
        taker.account = order.account;
        taker.caller = run.ledger.accountData(order.account).owner;
        taker.buy = id.isBid();
        taker.reduceOnly = order.reduceOnly;
        taker.limit = run.auction.clearing;
        taker.makersLeft = run.left;
        taker.remaining = _wanted(run, order, taker.buy);
        uint96 dealt;
        bool met = true;
        while (met && !taking.refused && taker.remaining != 0 && taker.makersLeft != 0) {
            dealt += taker.remaining;
            met = _settle(book, run, taking);
            dealt -= taker.remaining;
            // A touch may have rounded the position to a wei less.
            taker.remaining = uint96(Math.min(taker.remaining, _wanted(run, order, taker.buy)));
        }
        run.left = taker.makersLeft;
        if (dealt != 0) {
            run.auction.executed += dealt;
            emit IOrderBook.OrderFilled(id, dealt);
            emit IOrderBook.Traded(run.market, taker.account, taker.buy, false, dealt, taker.product / WAD);
        }
        order.size -= dealt;
        // What a reduce-only order holds beyond its position has nothing left to reduce.
        taking.refused = taking.refused || (taker.remaining == 0 && order.size != 0);
        _conclude(book, run, taking);
    }

    /// @dev Settles one batch of makers with the order.
    /// @return met whether anything crossed
    function _settle(MarketBook storage book, Run memory run, Taking memory taking) private returns (bool met) {
        Taker memory taker = taking.taker;
        (uint64[] memory ids, Fill[] memory fills) = Matching.candidates(book, run.state, taker);
        if (ids.length == 0) return false;
        uint96 sum;
        for (uint256 i = 0; i < fills.length; ++i) {
            fills[i].price = uint128(_priceOf(run));
            sum += fills[i].size;
        }
        if (sum > taking.free) {
            _release(run, taking.order, taker.buy, sum - taking.free);
            taking.free = sum;
        }
        taker.makersLeft -= ids.length;
        try
            run.ledger.settle(
                Trade(taker.market, taker.account, taker.caller, taker.buy, taker.reduceOnly, false, fills)
            )
        returns (uint256 rejected) {
            uint96 before = taker.remaining;
            uint24 last = run.state.lastTraded;
            Matching.writeBack(book, run.ledger, run.state, taker, ids, fills, rejected);
            // Dealt at the one price, wherever the orders lay.
            run.state.lastTraded = before == taker.remaining ? last : run.auction.clearing;
            taking.free -= before - taker.remaining;
        } catch (bytes memory reason) {
            if (_isStarved(reason)) revert IOrderBook.SettlementStarved();
            taking.refused = true;
        }
        return true;
    }

    /// @dev Whether a call failed for want of gas: without a reason, or for the one that prices and caps give, IndexOracle and
    /// OpenInterestCaps by the same name as MarkPrice, where they measure what is left before they read a source. No order may be
    /// refused for that, or whoever calls with little gas would choose whose are.
    function _isStarved(bytes memory reason) private pure returns (bool) {
        return reason.length == 0 || bytes4(reason) == MarkPrice.NotEnoughGas.selector;
    }

    /// @dev What an order may take: a reduce-only one no more than the position it closes.
    function _wanted(Run memory run, Order memory order, bool buy) private view returns (uint96) {
        if (!order.reduceOnly) return order.size;
        int256 reducible = Matching.reducible(run.ledger, order.account, run.market, buy);
        return reducible <= 0 ? 0 : uint96(Math.min(order.size, uint256(reducible)));
    }

    /// @dev Writes what is left of an order that took, or takes it out.
    function _conclude(MarketBook storage book, Run memory run, Taking memory taking) private {
        Order memory order = taking.order;
        bool buy = taking.taker.buy;
        bool gone = taking.refused;
        if (!gone && order.size != 0 && taking.free != 0) {
            (uint256 bids, uint256 asks) = buy ? (taking.free, uint96(0)) : (uint96(0), taking.free);
            try run.ledger.reserve(order.account, run.market, bids, asks, taking.taker.caller) {
                taking.free = 0;
            } catch (bytes memory reason) {
                if (_isStarved(reason)) revert IOrderBook.SettlementStarved();
                gone = true;
            }
        }
        if (gone) {
            _release(run, order, buy, order.size - taking.free);
            _remove(book, run, taking.id, order);
            emit IOrderBook.OrderCancelled(taking.id, CancelReason.REFUSED);
        } else if (order.size == 0) {
            _remove(book, run, taking.id, order);
        } else {
            book.orders[taking.id] = book.orders[taking.id].withSize(order.size);
        }
    }

    // ---- what is left ------------------------------------------------------------------------------------------------

    /// @dev After the deal one side has nothing left at the price or better, so what lies across is the other side's, and away
    /// from the price: it could not be dealt at and leaves.
    /// @return done true when the book no longer lies across itself
    function _lapse(MarketBook storage book, Run memory run) private returns (bool done) {
        while (run.left != 0) {
            uint24 bid = OrderQueue.best(run.state, true);
            uint24 ask = OrderQueue.best(run.state, false);
            if (bid == 0 || ask == 0 || bid < ask) return true;
            --run.left;
            bool bids = ask > run.auction.clearing;
            uint64 id = _first(book, run, bids, bids ? bid : ask);
            Order memory order = book.orders[id].unpack();
            bool live = run.ledger.orderEpoch(order.account, run.market) == order.epoch;
            if (live) _release(run, order, bids, order.size);
            _remove(book, run, id, order);
            emit IOrderBook.OrderCancelled(id, live ? CancelReason.LAPSED : CancelReason.VOID);
        }
    }

    // ---- small things ------------------------------------------------------------------------------------------------

    function _release(Run memory run, Order memory order, bool buy, uint256 size) private {
        if (size == 0) return;
        (uint256 bids, uint256 asks) = buy ? (size, uint256(0)) : (uint256(0), size);
        run.ledger.release(order.account, run.market, bids, asks, order.epoch, address(this));
    }

    function _remove(MarketBook storage book, Run memory run, uint64 id, Order memory order) private {
        bool bids = id.isBid();
        if (!OrderQueue.remove(book, id, order)) return;
        OrderQueue.close(OrderQueue.sideOf(book, bids), run.state, bids, id.tickOf());
    }

    function _priceOf(Run memory run) private pure returns (uint256) {
        return uint256(run.auction.clearing) * run.state.tickSize;
    }

    function _isEnough(uint256 size, uint256 price, uint256 minimum) private pure returns (bool) {
        return (size * price) / WAD >= minimum * WAD;
    }

    function _tick(uint256 tick) private pure returns (uint24) {
        return uint24(Math.max(1, Math.min(tick, BookGrid.MAX_TICK)));
    }
}
