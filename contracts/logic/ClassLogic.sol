// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Health} from "../types/Account.sol";
import {Ledger} from "../types/Ledger.sol";
import {MarketContext} from "../types/MarketContext.sol";
import {Change, Held} from "../types/Position.sol";
import {Action} from "../types/Price.sol";
import {SpotAsset} from "../types/SpotAsset.sol";
import {HealthLogic} from "./HealthLogic.sol";
import {HedgeLogic} from "./HedgeLogic.sol";
import {MarketLogic} from "./MarketLogic.sol";
import {PositionLogic} from "./PositionLogic.sol";

/// @title Keeping tranche classes up to date
/// @notice Mechanism sections 2 and 4: touching a position moves it to the tranche its break-even, leverage and hedge now call for.
library ClassLogic {
    /// @notice Settles what a position has coming and moves it to the tranche it belongs in.
    /// @return health as measured on the way
    function refresh(
        Ledger storage ledger,
        MarketContext memory context,
        uint32 account
    ) internal returns (Health memory health) {
        Held memory held = PositionLogic.load(ledger, account, context.market, context.fundingIndex);
        health = HealthLogic.measure(ledger, account, Action.CANCEL);
        uint8 class = HealthLogic.classOf(ledger, context, account, held.size, held.quote, health);
        PositionLogic.store(ledger, context, account, Change(held, held.size, held.quote, 0, 0, class));
    }

    /// @notice Once spot has left an account: the position it may have covered drops out of its class in the same call.
    function afterSpotLeft(Ledger storage ledger, uint32 account, uint8 asset, SpotAsset memory spot) internal {
        uint8 market = spot.market;
        if (ledger.configs[market].spotAsset != asset + 1) return;
        if (ledger.holdings[account][market].position.shares == 0) {
            HedgeLogic.trackFreed(ledger, account, market, asset, 0, 0);
            return;
        }
        MarketContext memory context = MarketLogic.open(ledger, market, Action.CANCEL);
        refresh(ledger, context, account);
        // The last of it takes the account's mark of holding any with it, so the position's own touch has not looked.
        HedgeLogic.trackFreed(ledger, account, market, asset, 0, 0);
        MarketLogic.close(ledger, context);
    }
}
