// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {LibBit} from "solady/src/utils/LibBit.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {FixedMath, PPM, WAD} from "../libraries/FixedMath.sol";
import {HouseQuote, Stance} from "../libraries/HouseQuote.sol";
import {RateLimit} from "../libraries/RateLimit.sol";
import {ParameterLints} from "../logic/ParameterLints.sol";
import {Health} from "../types/Account.sol";
import {Action, Phase, Price, Validity} from "../types/Price.sol";
import {Fill, Trade} from "../types/Trade.sol";
import {CooldownVault} from "./CooldownVault.sol";

/// @title The house pool (the B-book): deals with traders at the index, for its shareholders
/// @notice Mechanism sections 3 and 9. Its prices are those of HouseQuote: index +- (spread + confidence), skewed against its own
/// inventory. One ledger account holds its cash and its positions, with the same margin, the same liquidation and the same deleveraging
/// as anybody's. Shareholders earn what traders lose and pay what they gain; net asset value is that account's equity at mark.
/// @dev In the ledger it has the role HOUSE: it can deal for its own account only, and only with accounts that named it operator.
contract HousePool is CooldownVault, AccessManaged {
    using HouseQuote for Stance;
    using SafeCast for uint256;

    /// @notice The caller is neither owner nor operator of the account.
    error NotAuthorised(uint32 account, address caller);
    /// @notice A trade of nothing.
    error ZeroSize();
    /// @notice The account has no position, or only one the trade would add to. Base, WAD.
    error NothingToReduce(uint32 account, uint8 market, int256 position);
    /// @notice More than the pool deals now: the rest of its limits, or what it holds on the other side if that is more. Base, WAD.
    error ExceedsRoom(uint8 market, bool buy, uint256 size, uint256 room);
    /// @notice The price is worse for the trader than the bound. Quote per base, WAD.
    error BeyondBound(uint8 market, bool buy, uint256 price, uint256 bound);
    /// @notice The index is not of now; the book may still reduce at the last one, the pool does not.
    error PriceTooOld(uint8 market, Validity validity);
    /// @notice The market guard holds the market: the pool deals with reduce-only trades, and takes nothing on.
    error OpeningHalted(uint8 market, Phase phase);
    /// @notice Spread and confidence leave no positive bid. Quote per base, WAD.
    error NoBid(uint8 market, uint256 index, uint256 distance);
    /// @notice The ledger rejects the pool's side: its margin or the market's status does not allow the trade. Quote, WAD.
    error RefusedByLedger(uint8 market, int256 size, int256 equity, uint256 initialMargin);
    /// @notice A term breaks a rule. `value` and `limit` are in the term's own unit.
    error UnsafeParameter(string rule, uint256 value, uint256 limit);

    /// @notice A trade with the pool was settled.
    /// @param size base, WAD, signed as the trader's side
    /// @param price quote per base, WAD
    /// @param inventory what the pool then holds, base, WAD, signed
    event Dealt(uint8 indexed market, uint32 indexed account, int256 size, uint256 price, int256 inventory);
    /// @notice On which terms the pool deals in a market has changed. Allowance in whole quote units, window in seconds.
    event TermsSet(uint8 indexed market, Terms terms, uint48 single, uint48 capacity, uint32 window);

    /// @notice On which terms the pool deals in a market. Rates in parts per million.
    /// @param spread half of the distance between the two prices of a pool without inventory, of the index, before confidence
    /// @param skew how far both prices move against adding to a full inventory, of the index
    /// @param deviation what the index may be off before its feeds report: no price is closer to the index
    /// @param equityShare most inventory, as a part of the pool's equity
    /// @param gap farthest the mark may be from the index, as a part of it, while shares are dealt
    /// @param notional most inventory, quote, whole units at mark
    struct Terms {
        uint24 spread;
        uint24 skew;
        uint24 deviation;
        uint24 equityShare;
        uint24 gap;
        uint64 notional;
    }

    /// @dev One trade on its way: what the price is made of, and the pool's account as the ledger sees it.
    struct Deal {
        uint8 market;
        bool buy;
        bool reduceOnly;
        uint32 epoch;
        Stance stance;
        Health health;
        uint256 allowance;
    }

    uint256 private constant MARKETS = 16;

    IMarkPrice public immutable MARK_PRICE;

    /// @notice Sum of the equity shares of all markets, ppm: never above one, so that full limits never lever the pool.
    uint256 public committedShare;

    mapping(uint8 market => Terms) private _terms;
    mapping(uint8 market => RateLimit) private _allowances;

    constructor(
        IClearingHouse ledger,
        IMarkPrice markPrice,
        IERC20 asset_,
        address authority
    ) CooldownVault(ledger, asset_, "Crossfire House Pool", "xfHOUSE", 3 days, 1 days) AccessManaged(authority) {
        MARK_PRICE = markPrice;
    }

    // ---- traders -----------------------------------------------------------------------------------------------------

    /// @notice Trades against the pool at its price for the size. Owner or operator of the account, which must have named the pool an
    /// operator too. The trader pays the taker fee, the pool the maker fee, as on the book.
    /// @dev Reverts with ZeroSize, NotAuthorised, NothingToReduce, ExceedsRoom, BeyondBound, NoBid, RefusedByLedger; with
    /// PriceNotUsable or PriceTooOld unless the price is VALID, or UNCERTAIN for a reduce-only trade; with OpeningHalted unless the
    /// market guard has the market OPEN or the trade is reduce-only; and as the ledger does for the trader's side.
    /// A reduce-only trade goes through in every phase, as far as it takes inventory off the pool: its price is the index's, so the
    /// book that the guard holds has no part in it.
    /// What takes inventory off the pool passes its limits, whatever they are; what adds to it must fit all of them.
    /// @param size base, WAD; a reduce-only trade is cut to the position and to what the pool can take
    /// @param bound worst price the trader accepts, quote per base, WAD
    /// @return dealt base, WAD
    /// @return price quote per base, WAD; rounded against the trader
    function trade(
        uint32 account,
        uint8 market,
        bool buy,
        uint256 size,
        uint256 bound,
        bool reduceOnly
    ) external nonReentrant returns (uint256 dealt, uint256 price) {
        if (!LEDGER.mayTrade(account, msg.sender)) revert NotAuthorised(account, msg.sender);
        if (size == 0) revert ZeroSize();
        Deal memory deal = _prepare(market, buy, reduceOnly);
        dealt = reduceOnly ? FixedMath.min(size, _reducible(account, market, buy)) : size;
        uint256 unwound = deal.stance.unwinding(buy);
        uint256 room = unwound + _addable(deal);
        if (dealt > room) {
            if (!reduceOnly || room == 0) revert ExceedsRoom(market, buy, dealt, room);
            dealt = room;
        }
        price = deal.stance.price(buy, dealt);
        if (price == 0) revert NoBid(market, deal.stance.index, deal.stance.distance(buy, dealt));
        if (buy ? price > bound : price < bound) revert BeyondBound(market, buy, price, bound);
        if (dealt > unwound) _allowances[market].spend(FixedMath.wadUp(dealt - unwound, deal.stance.mark));
        _settle(deal, account, dealt, price);
    }

    // ---- governance --------------------------------------------------------------------------------------------------

    /// @notice Sets on which terms the pool deals in a market, and how much inventory it may add. Governance. Reverts with
    /// UnsafeParameter and the rule broken. With a notional of 0 the pool only unwinds.
    /// @param single most inventory added by one trade, quote, whole units
    /// @param capacity most inventory added while a feed may lag behind, quote, whole units
    /// @param window seconds in which an exhausted capacity is whole again: at least the feed's delay
    function setTerms(
        uint8 market,
        Terms calldata terms,
        uint48 single,
        uint48 capacity,
        uint32 window
    ) external restricted {
        uint256 committed = committedShare - _terms[market].equityShare + terms.equityShare;
        ParameterLints.house(terms.spread, terms.deviation, terms.gap, committed, window);
        _requireAtMost("market id below 16", market, MARKETS - 1);
        _requireAtMost("spread and skew at most 50 %", uint256(terms.spread) + terms.skew, PPM / 2);
        _requireAtMost("deviation at most 50 %", terms.deviation, PPM / 2);
        _requireAtMost("capacity at most the notional", capacity, terms.notional);
        _requireAtMost("single at most the capacity", single, capacity);
        committedShare = committed;
        _terms[market] = terms;
        _allowances[market].set(single, capacity, window);
        emit TermsSet(market, terms, single, capacity, window);
    }

    // ---- views -------------------------------------------------------------------------------------------------------

    /// @notice What a trade of `size` would be dealt at now, and the largest the pool would take of that side.
    /// @dev While the price is UNCERTAIN, or the market not OPEN, the room is for reduce-only trades; otherwise it is 0 unless the
    /// price is VALID. The ledger may still refuse either side.
    /// @param size base, WAD
    /// @return price quote per base, WAD; 0 if there is no positive bid
    /// @return room base, WAD
    function quote(uint8 market, bool buy, uint256 size) external view returns (uint256 price, uint256 room) {
        Deal memory deal;
        (deal.market, deal.buy) = (market, buy);
        Price memory now_ = MARK_PRICE.peek(market);
        deal.health = LEDGER.health(MAIN_ACCOUNT);
        _takeStance(deal, now_, LEDGER.positionOf(MAIN_ACCOUNT, market).size);
        price = deal.stance.price(buy, size);
        if (now_.validity <= Validity.UNCERTAIN) room = deal.stance.unwinding(buy) + _addable(deal);
    }

    /// @notice What the pool holds in a market, base, WAD, signed, and the most it may hold of either side now.
    function inventoryOf(uint8 market) external view returns (int256 inventory, uint256 limit) {
        inventory = LEDGER.positionOf(MAIN_ACCOUNT, market).size;
        limit = _limit(_terms[market], LEDGER.health(MAIN_ACCOUNT).equity, MARK_PRICE.peek(market).mark);
    }

    /// @notice The terms of a market, and the allowance as stored.
    function termsOf(uint8 market) external view returns (Terms memory terms, RateLimit memory allowance) {
        return (_terms[market], _allowances[market]);
    }

    // ---- shares ------------------------------------------------------------------------------------------------------

    function _netAssetValue() internal view override returns (uint256) {
        int256 equity = LEDGER.health(MAIN_ACCOUNT).equity;
        return equity > 0 ? uint256(equity) : 0;
    }

    function _bringUpToDate() internal override {
        Health memory health = LEDGER.healthFor(MAIN_ACCOUNT, Action.VAULT);
        if (_isDue(health)) revert LiquidationDue(MAIN_ACCOUNT, health.equity, health.maintenanceMargin);
        for (uint256 markets = _held(); markets != 0; markets &= markets - 1) {
            uint8 market = uint8(LibBit.ffs(markets));
            Price memory price = MARK_PRICE.priceFor(market, Action.VAULT);
            if (_isAstray(price, _terms[market].gap)) revert MarkAstray(market, price.mark, price.index);
        }
    }

    function _priceIsFair() internal view override returns (bool) {
        if (_isDue(LEDGER.health(MAIN_ACCOUNT))) return false;
        for (uint256 markets = _held(); markets != 0; markets &= markets - 1) {
            uint8 market = uint8(LibBit.ffs(markets));
            Price memory price = MARK_PRICE.peek(market);
            if (price.validity != Validity.VALID || _isAstray(price, _terms[market].gap)) return false;
        }
        return true;
    }

    // ---- dealing -----------------------------------------------------------------------------------------------------

    /// @dev Asks for the price first, so that it is this block's. Opening needs its market to be OPEN, and every market the pool is in
    /// to be VALID, because its limits are a part of its equity.
    function _prepare(uint8 market, bool buy, bool reduceOnly) private returns (Deal memory deal) {
        Action action = reduceOnly ? Action.REDUCE : Action.OPEN;
        Price memory price = MARK_PRICE.priceFor(market, action);
        if (price.validity > Validity.UNCERTAIN) revert PriceTooOld(market, price.validity);
        if (!reduceOnly && price.phase != Phase.OPEN) revert OpeningHalted(market, price.phase);
        IClearingHouse.Examination memory found = LEDGER.examine(MAIN_ACCOUNT, market, action);
        (deal.market, deal.buy, deal.reduceOnly) = (market, buy, reduceOnly);
        deal.epoch = found.reservation.epoch;
        deal.health = found.health;
        _takeStance(deal, price, found.size);
    }

    function _takeStance(Deal memory deal, Price memory price, int256 inventory) private view {
        Terms memory terms = _terms[deal.market];
        Stance memory stance = deal.stance;
        (stance.index, stance.mark, stance.confidence) = (price.index, price.mark, price.confidence);
        (stance.spread, stance.skew, stance.deviation) = (terms.spread, terms.skew, terms.deviation);
        stance.inventory = inventory;
        stance.limit = _limit(terms, deal.health.equity, price.mark);
        if (price.validity == Validity.VALID && price.phase == Phase.OPEN) {
            deal.allowance = _allowances[deal.market].room();
        }
    }

    /// @dev min(notional, share of equity) at mark, base, WAD, rounded down.
    function _limit(Terms memory terms, int256 equity, uint256 mark) private pure returns (uint256) {
        if (equity <= 0 || mark == 0) return 0;
        uint256 most = FixedMath.min(uint256(terms.notional) * WAD, (uint256(equity) * terms.equityShare) / PPM);
        return (most * WAD) / mark;
    }

    /// @dev What may be added to the inventory now, base, WAD, rounded down.
    function _addable(Deal memory deal) private pure returns (uint256) {
        if (deal.allowance == 0) return 0;
        return FixedMath.min(deal.stance.adding(deal.buy), (deal.allowance * WAD) / deal.stance.mark);
    }

    function _reducible(uint32 account, uint8 market, bool buy) private view returns (uint256) {
        int256 position = LEDGER.positionOf(account, market).size;
        if (position == 0 || (position < 0) != buy) revert NothingToReduce(account, market, position);
        return FixedMath.abs(position);
    }

    function _settle(Deal memory deal, uint32 account, uint256 size, uint256 price) private {
        Fill[] memory fills = new Fill[](1);
        fills[0] = Fill(MAIN_ACCOUNT, deal.epoch, false, price.toUint128(), size.toUint96(), 0);
        Trade memory settled = Trade(deal.market, account, address(this), deal.buy, deal.reduceOnly, false, fills);
        int256 signed = deal.buy ? int256(size) : -int256(size);
        if (LEDGER.settle(settled) != 0) {
            revert RefusedByLedger(deal.market, -signed, deal.health.equity, deal.health.initialMargin);
        }
        emit Dealt(deal.market, account, signed, price, deal.stance.inventory - signed);
    }

    // ---- small things ------------------------------------------------------------------------------------------------

    /// @dev The pool has no orders, so its open markets are those it holds.
    function _held() private view returns (uint256) {
        return LEDGER.accountData(MAIN_ACCOUNT).openMarkets;
    }

    function _requireAtMost(string memory rule, uint256 value, uint256 limit) private pure {
        if (value > limit) revert UnsafeParameter(rule, value, limit);
    }
}
