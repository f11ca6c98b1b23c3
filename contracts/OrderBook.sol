// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {IMarkPrice} from "./interfaces/IMarkPrice.sol";
import {IOrderBook} from "./interfaces/IOrderBook.sol";
import {BookGrid} from "./libraries/BookGrid.sol";
import {BookWalk} from "./libraries/BookWalk.sol";
import {Matching, Taker} from "./libraries/Matching.sol";
import {OrderId} from "./libraries/OrderId.sol";
import {OrderQueue} from "./libraries/OrderQueue.sol";
import {AuctionLogic} from "./logic/AuctionLogic.sol";
import {BookLogic} from "./logic/BookLogic.sol";
import {
    BookConfig,
    BookState,
    CancelReason,
    LevelView,
    MarketBook,
    Order,
    OrderKind,
    OrderRequest,
    OrderView,
    Placement
} from "./types/Order.sol";
import {Action, Phase, Price} from "./types/Price.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title The order book of every market
/// @notice Real price-time matching on chain (mechanism section 3). The book holds orders and no money: margin, reservations
/// and positions are the ledger's, which also decides who may act for an account.
/// @dev It calls only the mark price and the ledger, both fixed at construction, and holds no tokens.
contract OrderBook is IOrderBook, AccessManaged {
    using OrderId for uint64;

    /// @dev What is to rest of a request: nothing while the order's size is zero. In an auction it may rest across the book.
    struct Resting {
        bool buy;
        bool across;
        uint24 tick;
        Order order;
    }

    /// @notice Most resting orders one call meets or prunes: the ledger's bitmap of rejections has as many bits.
    uint256 public constant MAX_MAKERS = 256;

    /// @notice Most void orders a quote looks past.
    uint256 public constant MAX_VOID_SKIPPED = 64;

    IClearingHouse public immutable LEDGER;
    IMarkPrice public immutable MARK_PRICE;

    /// @inheritdoc IOrderBook
    address public engine;

    mapping(uint256 market => MarketBook) private _books;

    constructor(IClearingHouse ledger, IMarkPrice markPrice, address authority) AccessManaged(authority) {
        LEDGER = ledger;
        MARK_PRICE = markPrice;
    }

    // ---- traders -----------------------------------------------------------------------------------------------------

    /// @inheritdoc IOrderBook
    function place(uint32 account, OrderRequest memory request) external returns (Placement memory placement) {
        Price memory price = _price(request.market, request.reduceOnly);
        BookState memory state = _listed(request.market);
        Resting memory resting = _match(account, request, price, state, placement);
        uint256 size = resting.order.size;
        if (size == 0) return placement;

        (uint256 bids, uint256 asks) = resting.buy ? (size, uint256(0)) : (uint256(0), size);
        resting.order.epoch = LEDGER.reserve(account, request.market, bids, asks, msg.sender);
        bool changed;
        (placement.orderId, changed) = _insert(request.market, state, resting);
        if (changed) _books[request.market].state = state;
    }

    /// @inheritdoc IOrderBook
    function placeMany(
        uint32 account,
        OrderRequest[] calldata requests
    ) external returns (Placement[] memory placements) {
        return _placeMany(account, requests);
    }

    /// @inheritdoc IOrderBook
    function cancel(uint64 orderId) external {
        Order memory resting = _books[orderId.marketOf()].orders[orderId].unpack();
        if (resting.size == 0) revert OrderNotFound(orderId);
        _remove(orderId, resting, CancelReason.OWNER);
        (uint256 bids, uint256 asks) = orderId.isBid() ? (resting.size, uint96(0)) : (uint96(0), resting.size);
        LEDGER.release(resting.account, orderId.marketOf(), bids, asks, resting.epoch, msg.sender);
    }

    /// @inheritdoc IOrderBook
    function cancelMany(uint32 account, uint64[] calldata orderIds) external returns (uint256 cancelled) {
        return BookLogic.cancelMany(_books, LEDGER, account, orderIds, CancelReason.OWNER);
    }

    /// @inheritdoc IOrderBook
    function replaceMany(
        uint32 account,
        uint64[] calldata orderIds,
        OrderRequest[] calldata requests
    ) external returns (Placement[] memory placements) {
        BookLogic.cancelMany(_books, LEDGER, account, orderIds, CancelReason.REPLACED);
        return _placeMany(account, requests);
    }

    /// @inheritdoc IOrderBook
    function cancelAll(uint32 account, uint8 market) external {
        LEDGER.releaseAll(account, market, msg.sender);
    }

    /// @inheritdoc IOrderBook
    function prune(uint8 market, bool buy, uint256 maxOrders) external returns (uint256 removed) {
        return BookLogic.prune(_books[market], LEDGER, market, buy, _makerBound(maxOrders));
    }

    /// @inheritdoc IOrderBook
    function uncross(uint8 market, uint256 maxOrders) external returns (bool done) {
        return AuctionLogic.uncross(_books[market], LEDGER, MARK_PRICE, market, _makerBound(maxOrders));
    }

    // ---- roles -------------------------------------------------------------------------------------------------------

    /// @inheritdoc IOrderBook
    function executeLiquidation(
        uint32 account,
        uint8 market,
        bool buy,
        uint256 size,
        uint256 limitPrice,
        uint256 maxMakers
    ) external returns (uint256 filled, uint256 paid, uint256 met) {
        if (msg.sender != engine) revert NotEngine(msg.sender);
        BookState memory state = _listed(market);
        Taker memory taker;
        taker.market = market;
        taker.account = account;
        taker.caller = msg.sender;
        taker.buy = buy;
        taker.reduceOnly = true;
        taker.liquidation = true;
        taker.limit = buy ? limitPrice / state.tickSize : Math.ceilDiv(limitPrice, state.tickSize);
        taker.remaining = uint96(Math.min(size, type(uint96).max));
        taker.makersLeft = _makerBound(maxMakers);
        (filled, paid) = Matching.take(_books[market], LEDGER, state, taker);
        met = _makerBound(maxMakers) - taker.makersLeft;
    }

    /// @notice Opens a market's book. Restricted.
    /// @dev Reverts with UnsafeBookConfig if a size is zero, the minimum is not a multiple of the lot, or the band is not inside (0, 100 %).
    function listMarket(uint8 market, BookConfig calldata config) external restricted {
        if (_books[market].state.tickSize != 0) revert MarketAlreadyListed(market);
        BookLogic.configure(_books[market], config);
        emit BookListed(market, config);
    }

    /// @notice Changes lot size, minimum size and price band. Restricted. Resting orders stay as they are.
    /// @dev Reverts as `listMarket`, and if the tick size would change: resting orders are kept by tick.
    function setMarket(uint8 market, BookConfig calldata config) external restricted {
        if (config.tickSize != _listed(market).tickSize) {
            revert UnsafeBookConfig("tick size is fixed at listing", config.tickSize);
        }
        BookLogic.configure(_books[market], config);
        emit BookConfigured(market, config);
    }

    /// @notice Names the liquidation engine. Restricted.
    function setEngine(address newEngine) external restricted {
        engine = newEngine;
        emit EngineSet(newEngine);
    }

    // ---- views -------------------------------------------------------------------------------------------------------

    /// @inheritdoc IOrderBook
    function quotes(uint8 market) external view returns (uint256 bestBid, uint256 bestAsk, uint256 last) {
        MarketBook storage book = _books[market];
        bestBid = BookWalk.bestLive(book, LEDGER, market, true, MAX_VOID_SKIPPED + 1);
        bestAsk = BookWalk.bestLive(book, LEDGER, market, false, MAX_VOID_SKIPPED + 1);
        last = book.state.lastTraded * uint256(book.state.tickSize);
    }

    /// @inheritdoc IOrderBook
    function impactPrices(
        uint8 market,
        uint256 notional,
        uint256 maxOrders
    ) external view returns (uint256 impactBid, uint256 impactAsk) {
        return BookLogic.impactPrices(_books[market], LEDGER, market, notional, maxOrders);
    }

    /// @inheritdoc IOrderBook
    function order(uint64 orderId) external view returns (OrderView memory) {
        return BookLogic.order(_books[orderId.marketOf()], LEDGER, orderId);
    }

    /// @inheritdoc IOrderBook
    function depth(uint8 market, bool buy, uint256 maxLevels) external view returns (LevelView[] memory levels) {
        return BookLogic.depth(_books[market], LEDGER, market, buy, maxLevels);
    }

    /// @inheritdoc IOrderBook
    function ordersAt(
        uint8 market,
        bool buy,
        uint256 price,
        uint32 cursor,
        uint256 limit
    ) external view returns (OrderView[] memory page, uint32 next) {
        uint24 tick = uint24(BookGrid.tickOf(market, price, _listed(market).tickSize));
        return BookLogic.ordersAt(_books[market], LEDGER, market, buy, tick, cursor, limit);
    }

    /// @inheritdoc IOrderBook
    function bookConfig(uint8 market) external view returns (BookConfig memory) {
        return BookLogic.config(_books[market]);
    }

    // ---- placing -----------------------------------------------------------------------------------------------------

    function _placeMany(
        uint32 account,
        OrderRequest[] calldata requests
    ) private returns (Placement[] memory placements) {
        placements = new Placement[](requests.length);
        uint256 start = 0;
        while (start < requests.length) {
            uint256 end = start + 1;
            bool reduceOnly = requests[start].reduceOnly;
            while (end < requests.length && requests[end].market == requests[start].market) {
                reduceOnly = reduceOnly && requests[end].reduceOnly;
                ++end;
            }
            _placeRun(account, requests[start:end], reduceOnly, placements, start);
            start = end;
        }
    }

    /// @dev All of `requests` are for one market. First each takes, then what remains of all rests under one reservation.
    function _placeRun(
        uint32 account,
        OrderRequest[] calldata requests,
        bool reduceOnly,
        Placement[] memory placements,
        uint256 offset
    ) private {
        Price memory price = _price(requests[0].market, reduceOnly);
        BookState memory state = _listed(requests[0].market);
        Resting[] memory all = new Resting[](requests.length);
        uint256 bids;
        uint256 asks;
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = _match(account, requests[i], price, state, placements[offset + i]);
            if (all[i].buy) bids += all[i].order.size;
            else asks += all[i].order.size;
        }
        if (bids + asks == 0) return;
        uint32 epoch = LEDGER.reserve(account, requests[0].market, bids, asks, msg.sender);
        _insertAll(requests[0].market, epoch, state, all, placements, offset);
    }

    function _insertAll(
        uint8 market,
        uint32 epoch,
        BookState memory state,
        Resting[] memory all,
        Placement[] memory placements,
        uint256 offset
    ) private {
        bool changed;
        for (uint256 i = 0; i < all.length; ++i) {
            if (all[i].order.size == 0) continue;
            all[i].order.epoch = epoch;
            (uint64 id, bool better) = _insert(market, state, all[i]);
            placements[offset + i].orderId = id;
            changed = changed || better;
        }
        if (changed) _books[market].state = state;
    }

    /// @dev Lets a request take what it may and returns what is to rest of it, without an epoch.
    function _match(
        uint32 account,
        OrderRequest memory request,
        Price memory price,
        BookState memory state,
        Placement memory placement
    ) private returns (Resting memory resting) {
        Taker memory taker;
        taker.market = request.market;
        taker.account = account;
        taker.caller = msg.sender;
        taker.buy = request.buy;
        taker.reduceOnly = request.reduceOnly;
        taker.limit = _limit(request, price, state);
        taker.makersLeft = _makerBound(request.maxMakers);
        taker.remaining = _checkedSize(account, request, state);

        OrderKind kind = request.kind;
        resting.across = price.phase == Phase.AUCTION;
        if (resting.across) {
            // Collected for the auction's one price, or come before it is cleared: it meets nothing on arrival.
        } else if (kind == OrderKind.POST_ONLY) {
            _clearWay(taker, state);
        } else {
            (placement.filled, placement.quote) = Matching.take(_books[request.market], LEDGER, state, taker);
            if (kind == OrderKind.FILL_OR_KILL && taker.remaining != 0) {
                revert NotFilledWhole(placement.filled, placement.filled + taker.remaining);
            }
        }
        if (kind != OrderKind.LIMIT && kind != OrderKind.POST_ONLY) return resting;
        if (!_mayRest(taker, state, resting.across)) return resting;
        resting.buy = taker.buy;
        resting.tick = uint24(taker.limit);
        resting.order.account = account;
        resting.order.size = taker.remaining;
        resting.order.reduceOnly = taker.reduceOnly;
    }

    /// @dev A post-only order gives way to live orders only; void ones in its way are removed.
    function _clearWay(Taker memory taker, BookState memory state) private {
        uint256 tickSize = state.tickSize;
        if (taker.limit == 0 || taker.limit > BookGrid.MAX_TICK) {
            revert InvalidPrice(taker.market, taker.limit * tickSize, tickSize);
        }
        if (taker.remaining < _minimum(state)) {
            revert SizeBelowMinimum(taker.market, taker.remaining, _minimum(state));
        }
        bool bids = !taker.buy;
        if (!Matching.crosses(taker.buy, taker.limit, OrderQueue.best(state, bids))) return;
        MarketBook storage book = _books[taker.market];
        bool blocked = BookLogic.clearWay(book, LEDGER, taker.market, bids, taker.limit, taker.makersLeft);
        BookState memory cleared = book.state;
        if (blocked) revert WouldTake(taker.limit * tickSize, OrderQueue.best(cleared, bids) * tickSize);
        (state.bestBid, state.bestAsk) = (cleared.bestBid, cleared.bestAsk);
    }

    /// @dev Nothing below the minimum rests, nothing off the grid, and nothing across the book but in an auction.
    function _mayRest(Taker memory taker, BookState memory state, bool across) private pure returns (bool) {
        if (taker.remaining < _minimum(state) || taker.limit == 0 || taker.limit > BookGrid.MAX_TICK) return false;
        return across || !Matching.crosses(taker.buy, taker.limit, OrderQueue.best(state, !taker.buy));
    }

    function _insert(
        uint8 market,
        BookState memory state,
        Resting memory resting
    ) private returns (uint64 orderId, bool changed) {
        (bool buy, uint24 tick) = (resting.buy, resting.tick);
        uint256 price = uint256(tick) * state.tickSize;
        uint24 opposite = OrderQueue.best(state, !buy);
        if (!resting.across && Matching.crosses(buy, tick, opposite)) {
            revert BatchCrossesItself(price, uint256(opposite) * state.tickSize);
        }
        (orderId, changed) = OrderQueue.append(_books[market], state, market, buy, tick, resting.order);
        emit OrderPlaced(orderId, resting.order.account, buy, resting.order.reduceOnly, price, resting.order.size);
    }

    /// @dev Reduce-only sizes need not be whole lots, so that a position left odd by a tear-up can be closed to zero.
    function _checkedSize(
        uint32 account,
        OrderRequest memory request,
        BookState memory state
    ) private view returns (uint96 size) {
        size = request.size;
        if (size == 0) revert InvalidSize(request.market, 0, state.lotSize);
        if (request.reduceOnly) {
            int256 reducible = Matching.reducible(LEDGER, account, request.market, request.buy);
            if (reducible <= 0) {
                revert NothingToReduce(account, request.market, request.buy ? -reducible : reducible);
            }
            return uint96(Math.min(size, uint256(reducible)));
        }
        if (size % state.lotSize != 0) revert InvalidSize(request.market, size, state.lotSize);
        if (size < _minimum(state)) revert SizeBelowMinimum(request.market, size, _minimum(state));
    }

    /// @dev Asked for before anything is traded, so that the mark of this block knows nothing of it. An auction whose time is over is
    /// cleared on the way, as far as one order has to; the phase is then what the order finds.
    function _price(uint8 market, bool reduceOnly) private returns (Price memory price) {
        price = MARK_PRICE.priceFor(market, reduceOnly ? Action.REDUCE : Action.OPEN);
        if (price.phase == Phase.AUCTION) {
            price.phase = AuctionLogic.enter(_books[market], LEDGER, MARK_PRICE, market, price);
        }
    }

    /// @dev The worst tick the request accepts. Only a market that is held asks its guard.
    function _limit(
        OrderRequest memory request,
        Price memory price,
        BookState memory state
    ) private view returns (uint256) {
        if (price.phase != Phase.OPEN) {
            return AuctionLogic.admit(_books[request.market], MARK_PRICE, request, price);
        }
        return BookGrid.limitTick(request, state, price.mark, 0, type(uint256).max);
    }

    // ---- cancelling --------------------------------------------------------------------------------------------------

    function _remove(uint64 id, Order memory resting, CancelReason reason) private {
        MarketBook storage book = _books[id.marketOf()];
        if (OrderQueue.remove(book, id, resting)) {
            BookState memory state = book.state;
            bool bids = id.isBid();
            if (OrderQueue.close(OrderQueue.sideOf(book, bids), state, bids, id.tickOf())) book.state = state;
        }
        emit OrderCancelled(id, reason);
    }

    // ---- small things ------------------------------------------------------------------------------------------------

    function _listed(uint8 market) private view returns (BookState memory state) {
        state = _books[market].state;
        if (state.tickSize == 0) revert MarketNotListed(market);
    }

    function _minimum(BookState memory state) private pure returns (uint256) {
        return uint256(state.minimumLots) * state.lotSize;
    }

    function _makerBound(uint256 asked) private pure returns (uint256) {
        return asked == 0 || asked > MAX_MAKERS ? MAX_MAKERS : asked;
    }
}
