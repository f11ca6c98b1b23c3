// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibBit} from "solady/src/utils/LibBit.sol";
import {FixedMath, PPM, WAD} from "../libraries/FixedMath.sol";
import {Account, Health, Reservation} from "../types/Account.sol";
import {Cover} from "../types/Cover.sol";
import {Ledger} from "../types/Ledger.sol";
import {ValidityLadder} from "../oracle/ValidityLadder.sol";
import {MarketContext} from "../types/MarketContext.sol";
import {Held} from "../types/Position.sol";
import {Action, Price, Validity} from "../types/Price.sol";
import {SpotAsset} from "../types/SpotAsset.sol";
import {HedgeLogic} from "./HedgeLogic.sol";
import {MarketLogic} from "./MarketLogic.sol";
import {PositionLogic} from "./PositionLogic.sol";
import {ReachLogic} from "./ReachLogic.sol";

/// @title What an account is worth and what its positions ask for
/// @notice Mechanism section 4. Equity rounds down, requirements round up.
library HealthLogic {
    using PositionLogic for Held;
    using HedgeLogic for Cover;

    /// @notice Health at prices brought up to date for an action.
    function measure(Ledger storage ledger, uint32 account, Action action) internal returns (Health memory health) {
        _addAll(ledger, health, account, ledger.accounts[account].openMarkets, action);
        health.equity += health.cash;
    }

    /// @notice Health at the prices of now, whatever their validity.
    function look(Ledger storage ledger, uint32 account) internal view returns (Health memory health) {
        Account storage data = ledger.accounts[account];
        health.cash = data.cash - ReachLogic.owedBy(ledger, account);
        uint256 markets = PositionLogic.liveMarkets(ledger, account, data.openMarkets);
        for (; markets != 0; markets &= markets - 1) {
            addMarket(ledger, health, account, MarketLogic.look(ledger, uint8(LibBit.ffs(markets))), Action.CANCEL);
        }
        for (uint256 assets = data.spotAssets; assets != 0; assets &= assets - 1) {
            uint8 asset = uint8(LibBit.ffs(assets));
            SpotAsset memory spot = ledger.spotAssets[asset];
            _addSpot(ledger, health, account, asset, ledger.markPrice.peek(spot.market), spot.haircut);
        }
        health.equity += health.cash;
    }

    /// @notice Health of everything but one market, to which the caller adds that market as a trade would leave it, and then
    /// the cash to the equity.
    function measureOthers(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        Action action
    ) internal returns (Health memory health) {
        uint256 others = uint256(ledger.accounts[account].openMarkets) & ~(uint256(1) << market);
        _addAll(ledger, health, account, others, action);
    }

    /// @notice Adds a market's position and orders as they are stored, for an action.
    function addMarket(
        Ledger storage ledger,
        Health memory health,
        uint32 account,
        MarketContext memory context,
        Action action
    ) internal view {
        Held memory held = PositionLogic.load(ledger, account, context.market, context.fundingIndex);
        Reservation memory reservation = ledger.holdings[account][context.market].reservation;
        addPosition(health, context, held, reservation, coverFor(ledger, account, context, action));
    }

    /// @notice Adds a market's orders as they are stored, and a position as given.
    function addHeld(
        Ledger storage ledger,
        Health memory health,
        MarketContext memory context,
        uint32 account,
        Held memory held
    ) internal view {
        Reservation memory reservation = ledger.holdings[account][context.market].reservation;
        addPosition(health, context, held, reservation, HedgeLogic.coverOf(ledger, account, context));
    }

    /// @notice An account's cover in a market as an action counts it. In a deficit all spot counts at what a buyer pays, so there is
    /// no haircut to be spared.
    function coverFor(
        Ledger storage ledger,
        uint32 account,
        MarketContext memory context,
        Action action
    ) internal view returns (Cover memory cover) {
        cover = HedgeLogic.coverOf(ledger, account, context);
        if (action == Action.DELEVERAGE) cover.haircut = 0;
    }

    /// @notice Adds a position and orders as given, and spares the spot that covers it the haircut it was counted with.
    function addPosition(
        Health memory health,
        MarketContext memory context,
        Held memory held,
        Reservation memory reservation,
        Cover memory cover
    ) internal pure {
        uint256 mark = context.price.mark;
        uint256 notional = FixedMath.wadUp(FixedMath.abs(held.size), mark);
        health.notional += notional;
        health.kept += FixedMath.divUp(notional * context.keptRate, PPM);
        health.cash += held.pending;
        if (held.size != 0) {
            health.equity += held.profit(mark) + int256(cover.relief(held.size, context.price.index));
            health.maintenanceMargin += cover.maintenance(context, held.size, mark);
        }
        health.initialMargin += initialMargin(context, held.size, reservation, cover, mark);
    }

    /// @notice Moves a health at mark to the bound of every UNCERTAIN price that is worse for the account: mark less confidence
    /// for a long, plus confidence for a short, index less confidence for spot. Requirements are on the higher price.
    function toAdverseBound(Ledger storage ledger, uint32 account, Health memory health) internal view {
        Account storage data = ledger.accounts[account];
        uint256 markets = PositionLogic.liveMarkets(ledger, account, data.openMarkets);
        for (; markets != 0; markets &= markets - 1) {
            MarketContext memory context = MarketLogic.look(ledger, uint8(LibBit.ffs(markets)));
            if (context.price.validity != Validity.UNCERTAIN) continue;
            int256 size = PositionLogic.load(ledger, account, context.market, context.fundingIndex).size;
            Reservation memory reservation = ledger.holdings[account][context.market].reservation;
            uint256 confidence = context.price.confidence;
            uint256 doubt = FixedMath.wadUp(FixedMath.abs(size), confidence);
            health.equity -= int256(doubt);
            health.notional += doubt;
            health.kept += FixedMath.divUp(doubt * context.keptRate, PPM);
            Cover memory cover = HedgeLogic.coverOf(ledger, account, context);
            health.initialMargin += initialMargin(context, size, reservation, cover, confidence);
            // What the covered part of a short loses, the spot behind it gains; below, that spot is marked down like any other.
            uint256 amount = cover.covered(size);
            health.equity += int256(FixedMath.wadDown(amount, confidence));
            health.equity += int256((FixedMath.wadDown(amount, confidence) * (PPM - cover.haircut)) / PPM);
        }
        for (uint256 assets = data.spotAssets; assets != 0; assets &= assets - 1) {
            uint8 asset = uint8(LibBit.ffs(assets));
            SpotAsset memory spot = ledger.spotAssets[asset];
            Price memory price = ledger.markPrice.peek(spot.market);
            if (price.validity != Validity.UNCERTAIN) continue;
            uint256 doubt = FixedMath.wadUp(ledger.spot[account][asset].amount, price.confidence);
            health.equity -= int256(FixedMath.divUp(doubt * (PPM - spot.haircut), PPM));
        }
    }

    /// @notice Initial margin of the worse of position + bids and position - asks: the most the account can come to hold.
    function initialMargin(
        MarketContext memory context,
        int256 size,
        Reservation memory reservation,
        Cover memory cover,
        uint256 price
    ) internal pure returns (uint256) {
        uint256 margin = cover.initial(context, size + int256(uint256(reservation.bids)), price);
        if (reservation.bids == 0 && reservation.asks == 0) return margin;
        return FixedMath.max(margin, cover.initial(context, size - int256(uint256(reservation.asks)), price));
    }

    /// @notice Notional over equity, WAD; the maximum if equity is not positive.
    function leverage(Health memory health) internal pure returns (uint256) {
        return health.equity <= 0 ? type(uint256).max : (health.notional * WAD) / uint256(health.equity);
    }

    /// @notice The tranche class the market's policy gives a position; 0 without one.
    function classOf(
        Ledger storage ledger,
        MarketContext memory context,
        Cover memory cover,
        int256 size,
        int256 quote,
        Health memory health
    ) internal view returns (uint8) {
        if (size == 0) return 0;
        uint256 entry = PositionLogic.breakEven(size, quote);
        return ledger.configs[context.market].policy.priority(entry, leverage(health), cover.isHedged(size));
    }

    function _addAll(
        Ledger storage ledger,
        Health memory health,
        uint32 account,
        uint256 markets,
        Action action
    ) private {
        Account storage data = ledger.accounts[account];
        health.cash = data.cash - ReachLogic.owedBy(ledger, account);
        markets = PositionLogic.liveMarkets(ledger, account, markets);
        // Orders do not bear on equity or maintenance: a resting order in a market without a price must not stop a liquidation.
        if (action == Action.LIQUIDATE || action == Action.DELEVERAGE) {
            markets = PositionLogic.heldMarkets(ledger, account, markets);
        }
        // Another market's dead price must not shield the account: what it may hide, the engine grants the account.
        Action asked = action == Action.LIQUIDATE ? Action.CANCEL : action;
        for (; markets != 0; markets &= markets - 1) {
            addMarket(ledger, health, account, MarketLogic.open(ledger, uint8(LibBit.ffs(markets)), asked), action);
        }
        _addAllSpot(ledger, health, account, action);
    }

    /// @dev Anybody may send anybody spot, so a price not good enough for the action stops nothing: that spot then counts for
    /// nothing. A deficit is what is missing once all spot is sold, so there it counts at what a buyer pays.
    function _addAllSpot(Ledger storage ledger, Health memory health, uint32 account, Action action) private {
        bool deficit = action == Action.DELEVERAGE;
        for (uint256 assets = ledger.accounts[account].spotAssets; assets != 0; assets &= assets - 1) {
            uint8 asset = uint8(LibBit.ffs(assets));
            SpotAsset memory spot = ledger.spotAssets[asset];
            Price memory price = ledger.markPrice.priceFor(spot.market, deficit ? action : Action.CANCEL);
            if (action != Action.LIQUIDATE && !ValidityLadder.allows(action, price.validity)) continue;
            _addSpot(ledger, health, account, asset, price, deficit ? spot.discount : spot.haircut);
        }
    }

    function _addSpot(
        Ledger storage ledger,
        Health memory health,
        uint32 account,
        uint8 asset,
        Price memory price,
        uint256 cut
    ) private view {
        uint256 value = FixedMath.wadDown(ledger.spot[account][asset].amount, price.index);
        health.equity += int256((value * (PPM - cut)) / PPM);
    }
}
